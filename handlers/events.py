"""What Slack tells by itself: another tool's alert in the channel, and 👀 on a card or a page.

Slack delivers at least once: each `event_id` is acted on once. An event is acknowledged after the commit; one that could not
be committed is not, and Slack sends it again.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.context import Context
from bot.errors import NotMet, UserError
from bot.outbox import heard
from bot.slack.channel import Channel
from bot.slack.identity import Identity
from bot.sources.channel import read_message
from bot.store import Tx, posts
from bot.usecases import incidents as use
from bot.usecases.desk import AlreadyDone, Desk
from handlers.callers import admit
from handlers.reply import Meet

EYES = "eyes"
CALLING = ("card:", "page:", "mention:", "remind:")
"""The messages that ask for an answer, by the first word of their key."""


def register(app: AsyncApp, desk: Desk, channel: Channel, identity: Identity, meet: Meet) -> None:
    async def on_message(body: dict[str, Any], event: dict[str, Any]) -> None:
        ours = channel.known()
        if ours is not None and event.get("channel") != ours:
            return
        config = desk.context.config
        alert = read_message(event, config.patterns, config.rules, identity.own)
        if alert is None:
            return
        key = f"event:{body['event_id']}"
        with suppress(AlreadyDone):
            if ours is None:
                await desk.once(key, heard.keep, body["event_id"], event)
            else:
                await desk.once(key, heard.take_heard, alert)

    async def on_reaction(body: dict[str, Any], event: dict[str, Any]) -> None:
        item = event.get("item") or {}
        if event.get("reaction") != EYES or item.get("type") != "message":
            return
        what = event["user"], item["channel"], item["ts"]
        try:
            try:
                await desk.once(f"event:{body['event_id']}", _seen, *what)
            except NotMet as stranger:
                # Nobody waits for an answer here; an event that is not acknowledged in time comes again.
                await meet(stranger.user_id)
                await desk.once(f"event:{body['event_id']}", _seen, *what)
        except (AlreadyDone, UserError):
            return  # 👀 on something that needs no answer is just a reaction

    app.event("message")(on_message)
    app.event("reaction_added")(on_reaction)


def _seen(tx: Tx, ctx: Context, user: str, channel: str, ts: str) -> None:
    """👀 on a card, or on whatever called somebody for the incident: everything that message asks an answer for is acknowledged."""
    post = posts.at_message(tx.conn, channel, ts)
    if post is None or not post.key.startswith(CALLING):
        return
    actor = admit(tx, ctx, user, "acknowledge").actor
    for each in posts.beside(tx.conn, post):
        with suppress(UserError):  # one that is answered already does not keep the others waiting
            use.acknowledge(tx, ctx, each.incident, actor)
