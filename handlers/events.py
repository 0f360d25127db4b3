"""What Slack reports by itself: another tool's alert in the channel, 👀 on a card or a page, 📌 on a message in a thread.

Slack delivers at least once, so each `event_id` is acted on once. An event is acknowledged after the commit; one that could not be
committed is not acknowledged, and Slack sends it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.context import Context
from bot.errors import NotMet, UserError
from bot.outbox import early_posts
from bot.slack.channel import Channel
from bot.slack.identity import Identity
from bot.sources.channel import read_message
from bot.store import Tx, posts
from bot.usecases import incidents as use
from bot.usecases import pins
from bot.usecases.desk import AlreadyDone, Desk
from bot.usecases.nudges import show_home
from bot.usecases.pins import Place
from handlers.callers import admit
from handlers.reply import Meet

EYES, PUSHPIN = "eyes", "pushpin"
CALLING = ("card:", "page:", "mention:", "remind:")
"""The messages that ask for an answer, by the beginning of their key."""


def register(app: AsyncApp, desk: Desk, channel: Channel, identity: Identity, meet: Meet) -> None:
    reacted = _on_reaction(desk, meet)
    app.event("message")(_on_message(desk, channel, identity))
    app.event("app_home_opened")(_on_home(desk))
    app.event("reaction_added")(reacted)
    app.event("reaction_removed")(reacted)


Listener = Callable[[dict[str, Any], dict[str, Any]], Awaitable[None]]


def _on_message(desk: Desk, channel: Channel, identity: Identity) -> Listener:
    async def on_message(body: dict[str, Any], event: dict[str, Any]) -> None:
        ours = channel.known()
        if ours is not None and event.get("channel") != ours:
            return
        config = desk.context.config
        alert = read_message(event, config.patterns, config.rules, identity.own, config.names)
        if alert is None:
            return
        key = f"event:{body['event_id']}"
        with suppress(AlreadyDone):
            if ours is None:
                await desk.once(key, early_posts.keep, body["event_id"], event)
            else:
                await desk.once(key, early_posts.take_early_post, alert)

    return on_message


def _on_reaction(desk: Desk, meet: Meet) -> Listener:
    async def on_reaction(body: dict[str, Any], event: dict[str, Any]) -> None:
        item, means = event.get("item") or {}, REACTIONS.get((event["type"], event.get("reaction")))
        if means is None or item.get("type") != "message":
            return
        what = event["user"], Place(item["channel"], item["ts"]), str(body["event_id"])
        try:
            try:
                await desk.once(f"event:{body['event_id']}", means, *what)
            except NotMet as unmet:
                # Nobody waits for an answer here; an event that is not acknowledged in time comes again.
                await meet(unmet.user_id)
                await desk.once(f"event:{body['event_id']}", means, *what)
        except (AlreadyDone, UserError):
            return  # on another message, or from a person who may not do this, it is just a reaction

    return on_reaction


def _on_home(desk: Desk) -> Listener:
    async def on_home(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tab") == "home":
            with suppress(AlreadyDone):
                await desk.once(f"event:{body['event_id']}", show_home, str(event["user"]))

    return on_home


def _seen(tx: Tx, ctx: Context, user: str, place: Place, event_id: str) -> None:
    """👀 on a card or on a page: acknowledges everything that the message asks for."""
    post = posts.at_message(tx.conn, place.channel, place.ts)
    if post is None or not post.key.startswith(CALLING):
        return
    actor = admit(tx, ctx, user, "acknowledge").actor
    for each in posts.beside(tx.conn, post):
        with suppress(UserError):  # one that is acknowledged already must not hold up the others
            use.acknowledge(tx, ctx, each.incident, actor)


def _pinned(tx: Tx, ctx: Context, user: str, place: Place, event_id: str) -> None:
    pins.ask(tx, ctx, admit(tx, ctx, user, "pin").actor, place, event_id, added=True)


def _unpinned(tx: Tx, ctx: Context, user: str, place: Place, event_id: str) -> None:
    """Somebody who may not pin any more may still take back what they pinned."""
    pins.ask(tx, ctx, ctx.account(tx, user).actor, place, event_id, added=False)


REACTIONS: dict[tuple[str, str | None], Callable[[Tx, Context, str, Place, str], None]] = {
    ("reaction_added", EYES): _seen,
    ("reaction_added", PUSHPIN): _pinned,
    ("reaction_removed", PUSHPIN): _unpinned,
}
"""What a reaction means when it is added or removed; all others mean nothing."""
