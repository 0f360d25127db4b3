"""What Slack tells by itself: another tool's alert in the channel, and 👀 on a card.

Slack delivers at least once: each `event_id` is acted on once. An event is acknowledged after the commit; one that could not
be committed is not, and Slack sends it again.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.alerts import Alert
from bot.context import Context
from bot.errors import NotMet, UserError
from bot.slack.channel import Channel
from bot.slack.identity import Identity
from bot.sources.channel import read_message
from bot.store import Tx, posts
from bot.usecases import incidents as use
from bot.usecases.desk import AlreadyDone, Desk
from bot.usecases.intake import take_alerts
from handlers.callers import admit
from handlers.reply import Meet

EYES = "eyes"


def register(app: AsyncApp, desk: Desk, channel: Channel, identity: Identity, meet: Meet) -> None:
    async def on_message(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("channel") != channel.known():
            return
        config = desk.context.config
        alert = read_message(event, config.patterns, config.rules, identity.own)
        if alert is not None:
            await _once(desk, body["event_id"], alert)

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


async def _once(desk: Desk, event_id: str, alert: Alert) -> None:
    try:
        taken = await desk.once(f"event:{event_id}", take_alerts, [alert])
    except AlreadyDone:
        return
    desk.context.metrics.alerts_accepted.labels("slack").inc(taken.accepted)
    desk.context.metrics.alerts_ignored.inc(taken.ignored)


def _seen(tx: Tx, ctx: Context, user: str, channel: str, ts: str) -> None:
    post = posts.at_message(tx.conn, channel, ts)
    if post is None or not post.key.startswith("card:"):
        return
    use.acknowledge(tx, ctx, post.incident, admit(tx, ctx, user, "acknowledge").actor)
