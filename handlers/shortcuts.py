"""The entries of a message's menu: each is one line of the table, and answers that person only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.context import Context
from bot.errors import UserError
from bot.outbox.courier import Needless
from bot.outbox.pins import told_by
from bot.permissions import Action, Caller
from bot.slack.identity import Identity
from bot.slack.views import answers, modals
from bot.sources.explained_post import explain_post
from bot.sources.slack_text import flatten
from bot.store import Tx
from bot.usecases.desk import Desk
from bot.usecases.pins import Place, incident_of, pin, unpin
from handlers.callers import admit, in_names
from handlers.reply import Reply
from handlers.verbs import Answer

Said = Mapping[str, Any]
"""The message, as Slack describes it."""
Choose = Callable[[Tx, Context, Caller, Place, Said, Collection[str]], Answer]
"""The last argument has this bot's ids, by which its own posts are recognised."""


def _pin(tx: Tx, ctx: Context, caller: Caller, place: Place, said: Said, own: Collection[str]) -> Answer:
    """Puts the message into the timeline or, if this person has put it in, takes it out again."""
    if (incident := unpin(tx, ctx, place, caller.actor)) is not None:
        return Answer(answers.said(f"Taken out of the timeline of #{incident.number} again."))
    root = Place(place.channel, str(said.get("thread_ts") or place.ts))
    number = incident_of(tx, root) if root != place else None
    if number is None:
        raise UserError("Only a message in an incident's thread can go into its timeline. Nothing changed.")
    try:
        told = told_by(said)
    except Needless as needless:
        raise UserError(f"Nothing changed: {needless}.") from None
    news = pin(tx, ctx, number, place, said if told is None else {**said, "seq": told}, caller.actor)
    again = "" if news else " Somebody else had put it there already."
    return Answer(
        answers.said(f"It is in the timeline of #{number} now; the same menu entry takes it out again.{again}")
    )


def _read(tx: Tx, ctx: Context, caller: Caller, place: Place, said: Said, own: Collection[str]) -> Answer:
    """Shows how the bot reads this message, or would read it, whoever wrote it."""
    config = ctx.config
    found = explain_post(dict(said), config.patterns, config.catalogue(), own)
    lines = [found.head, *(f"{what}: {value}" for what, value in found.lines)]
    if found.proposal:
        lines.append(f"A pattern that would read it, to be looked at before it goes into alerts.yml: {found.proposal}")
    return Answer(answers.explain((ctx.mask(line) for line in lines), "What the bot reads here"))


def _open(tx: Tx, ctx: Context, caller: Caller, place: Place, said: Said, own: Collection[str]) -> Answer:
    """A form for a new incident with the message's first line in it. Nothing is opened before it is submitted."""
    first = next((line.strip() for line in flatten(dict(said)).splitlines() if line.strip()), "")
    return Answer(view=modals.open_incident(title=ctx.mask(first)))


SHORTCUTS: dict[str, tuple[Action, Choose]] = {
    "pin_message": ("pin", _pin),
    "read_message": ("read", _read),
    "open_from_message": ("open", _open),
}
"""By `callback_id` of the manifest's shortcuts: what it needs, and what it does."""


def register(app: AsyncApp, desk: Desk, reply: Reply, identity: Identity) -> None:
    for callback_id, (action, choose) in SHORTCUTS.items():
        app.message_shortcut(callback_id)(_listener(action, choose, desk, reply, identity))


def _listener(action: Action, choose: Choose, desk: Desk, reply: Reply, identity: Identity) -> Any:
    async def on_shortcut(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        trigger, user, said = str(body.get("trigger_id")), body["user"]["id"], body["message"]
        place = Place(str(body["channel"]["id"]), str(said["ts"]))

        def show(answer: Answer) -> None:
            reply.show(trigger, respond, answer)

        def work() -> Any:
            return desk.once(f"shortcut:{trigger}", _choose, action, choose, user, place, said, identity.own)

        answer = await reply.attempt(work, show)
        await ack()
        if answer is not None:
            show(answer)

    return on_shortcut


def _choose(
    tx: Tx, ctx: Context, action: Action, choose: Choose, user: str, place: Place, said: Said, own: Collection[str]
) -> Answer:
    with in_names(tx, ctx):
        return choose(tx, ctx, admit(tx, ctx, user, action), place, said, own)
