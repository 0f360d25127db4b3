"""Puts news about the bot itself into the outbox, for the channel. They use the lane of pages: they may be why nobody is paged.

What waits there is which news it is and its plain data; it is drawn at sending, by the table in `bot/slack/views/notices/table.py`.
Refuses to know what any of it looks like.
"""

from __future__ import annotations

from typing import Any

from bot.alerts import KEY_BYTES, indexable
from bot.context import Context
from bot.store import Tx, deliveries, facts
from bot.store.deliveries import Delivery, Lane
from oncall.values import dataclass, field

LINES = 10
"""How many of many lines a notice keeps: one bad batch must not fill the outbox with what nobody will be shown."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One piece of news. `data` is JSON; instants are ISO 8601 with their offset."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)


def announce(tx: Tx, ctx: Context, key: str, news: Notice, lane: Lane = "page") -> None:
    """Say something in the channel; the same `key` is not said twice while it waits. What nobody is paged for less may `talk`."""
    payload = {"notice": news.kind, **news.data}
    notice = Delivery(kind="notice", lane=lane, line="notices", key=f"notice:{key}", payload=payload)
    deliveries.add(tx.conn, [notice], tx.at)


def tell(tx: Tx, ctx: Context, key: str, news: Notice) -> None:
    """Say something in the channel that no page hangs on: behind pages and answers."""
    payload = {"notice": news.kind, **news.data}
    notice = Delivery(kind="notice", lane="talk", line="news", key=f"notice:{key}", payload=payload)
    deliveries.add(tx.conn, [notice], tx.at)


def announce_once(tx: Tx, ctx: Context, key: str, news: Notice) -> None:
    """Say something in the channel unless it was said already within the last days."""
    key = indexable(key, KEY_BYTES)
    if facts.first_time(tx.conn, f"notice:{key}", tx.at):
        announce(tx, ctx, key, news)
