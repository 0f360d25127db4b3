"""How a submission is taken: acted on once, known by the view and its hash.

A submission that only leads to the next window shows it as often as it is sent: if Slack waited too long, the person sends it
again, and would otherwise see the window close and believe it done. A refusal is shown at the field, and what was typed is kept. It
does not know what a modal does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.context import Context
from bot.errors import NotMet, Overloaded, StoreDown, UserError, WrongFields
from bot.permissions import Action
from bot.slack.views.facts import View
from bot.store import Tx
from bot.usecases.desk import AlreadyDone, Desk
from handlers.callers import admit, in_names
from handlers.modals.form import Form, Submit
from handlers.modals.table import MODALS, PREVIEWS
from handlers.reply import NOT_CERTAIN, NOT_WRITTEN, Reply
from oncall.values import replace


def register(app: AsyncApp, desk: Desk, reply: Reply) -> None:
    for callback_id in MODALS:
        app.view(callback_id)(_listener(callback_id, desk, reply))


def _listener(callback_id: str, desk: Desk, reply: Reply) -> Any:
    action, submit, field = MODALS[callback_id]

    def taken(key: str, user: str, form: Form) -> Awaitable[View | None]:
        if callback_id in PREVIEWS:
            return desk.look(_submit, action, submit, user, form)
        return desk.once(key, _submit, action, submit, user, form)

    async def on_submit(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        form = Form(view.get("private_metadata") or "", view["state"]["values"])
        try:
            shown = await taken(f"view:{view['id']}:{view.get('hash')}", body["user"]["id"], form)
        except AlreadyDone:
            await ack()
        except UserError as refusal:
            if isinstance(refusal, NotMet):
                reply.ask_about(refusal)
            await ack(response_action="errors", errors=_errors(refusal, field, view, reply))
        except StoreDown as down:
            await ack(response_action="errors", errors={_place(field, view): f"{down} {NOT_CERTAIN}"})
        except Overloaded:
            await ack(response_action="errors", errors={_place(field, view): NOT_WRITTEN})
        else:
            await (ack() if shown is None else ack(response_action="update", view=shown))

    return on_submit


def _errors(refusal: UserError, field: str, view: Mapping[str, Any], reply: Reply) -> dict[str, str]:
    """The refusal where it belongs: at the fields it names, else at the modal's own field."""
    if isinstance(refusal, WrongFields):
        return dict(refusal.errors)
    return {_place(field, view): reply.worded(str(refusal))}


def _place(field: str, view: Mapping[str, Any]) -> str:
    """The field's name in this modal: the first one that begins with it."""
    fields = (str(block["block_id"]) for block in view["blocks"] if block.get("type") == "input")
    return next((each for each in fields if each.startswith(field)), field)


def _submit(tx: Tx, ctx: Context, action: Action, submit: Submit, user: str, form: Form) -> View | None:
    with in_names(tx, ctx):
        return submit(tx, ctx, admit(tx, ctx, user, action), replace(form, values=ctx.mask.all(form.values)))
