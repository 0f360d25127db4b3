"""Slack posts of other tools that came before the bot knew which channel is its own: kept, and judged once it does.

Slack redelivers an event three times within minutes and then never again, so what cannot be judged yet is on disk before Slack is
told that it arrived. It refuses to keep more than that: only what reads as an alert, and only until the channel is known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from bot.alerts import Alert
from bot.context import Context
from bot.outbox.courier import Handed, Needless
from bot.sources.channel import read_message
from bot.store import Tx, deliveries
from bot.store.deliveries import Claimed, Delivery
from bot.usecases.desk import Desk
from bot.usecases.intake import take_alerts
from oncall.page import Receipt


def keep(tx: Tx, ctx: Context, event_id: str, event: dict[str, Any]) -> None:
    """Keep a post. Several leave in the order in which they came, for the last may end what the first began."""
    heard = Delivery(kind="heard", lane="page", line="heard", key=f"heard:{event_id}", payload={"event": event})
    deliveries.add(tx.conn, [heard], tx.at)


def take_early_post(tx: Tx, ctx: Context, alert: Alert) -> None:
    """An alert that a tool wrote into the channel."""
    taken = take_alerts(tx, ctx, [alert])
    ctx.count(tx, lambda numbers: numbers.alerts_accepted.labels("slack").inc(taken.accepted))
    ctx.count(tx, lambda numbers: numbers.alerts_ignored.inc(taken.ignored))


class EarlyPosts:
    """The courier that judges what was kept. `channel` finds the bot's channel, `own` gives the ids it posts under."""

    def __init__(self, desk: Desk, channel: Callable[[], Awaitable[str]], own: Callable[[], Collection[str]]) -> None:
        self._desk = desk
        self._channel = channel
        self._own = own

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError` while the channel is not known, or `Needless` if it was another."""
        event = claimed.payload["event"]
        if event.get("channel") != await self._channel():
            raise Needless("it was said in another channel")
        config = self._desk.context.config
        alert = read_message(event, config.patterns, config.rules, self._own(), config.names)
        if alert is None:
            raise Needless("it reads as no alert")
        return Handed(Receipt(""), lambda tx, ctx: take_early_post(tx, ctx, alert))
