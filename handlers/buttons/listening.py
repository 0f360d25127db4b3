"""How a click is taken: acted on once (it is known by the person and Slack's `action_ts`), and answered where it was pressed.

A refusal is told to that person only; what happened is shown by the card itself. It does not know what a button does.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.context import Context
from bot.store import Tx
from bot.usecases.desk import Desk
from bot.usecases.nudges import show_home
from handlers.buttons.table import BUTTONS, Button
from handlers.callers import admit, in_names
from handlers.reply import Reply
from handlers.verbs import Answer


def register(app: AsyncApp, desk: Desk, reply: Reply) -> None:
    for action_id in BUTTONS:
        app.action(action_id)(_listener(BUTTONS[action_id], desk, reply))


def _listener(button: Button, desk: Desk, reply: Reply) -> Any:
    async def on_click(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], respond: AsyncRespond) -> None:
        user = body["user"]["id"]
        value = str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
        key = f"click:{user}:{action['action_ts']}"

        window = reply.opens(body["trigger_id"], button.modal(value))

        def show(answer: Answer) -> None:
            if _at_home(body):
                reply.later(desk.do(show_home, user), "bringing a Home tab up to date")
                reply.show_at_home(user, body["trigger_id"], answer, window)
            elif not (answer.redrawn and _in_direct_message(body)):
                reply.show(body["trigger_id"], respond, answer, window, private=_for_one_alone(body))

        answer = await reply.attempt(lambda: desk.once(key, _press, button, user, value), show)
        await ack()
        if answer is not None:
            show(answer)

    return on_click


def _at_home(body: dict[str, Any]) -> bool:
    return (body.get("view") or {}).get("type") == "home"


def _in_direct_message(body: dict[str, Any]) -> bool:
    return str((body.get("channel") or {}).get("id", "")).startswith("D")


def _for_one_alone(body: dict[str, Any]) -> bool:
    return bool((body.get("container") or {}).get("is_ephemeral"))


def _press(tx: Tx, ctx: Context, button: Button, user: str, value: str) -> Answer:
    with in_names(tx, ctx):
        return button.press(tx, ctx, admit(tx, ctx, user, button.action), value)
