"""News about the bot itself, put in the outbox for the channel. They go by the pages' lane: they may be why nobody is paged."""

from __future__ import annotations

from bot.slack.views.facts import Message
from bot.store import Tx, deliveries, facts
from bot.store.deliveries import Delivery
from bot.usecases.context import Context


def announce(tx: Tx, ctx: Context, key: str, message: Message) -> None:
    """Say something in the channel; the same `key` is not said twice while it waits."""
    payload = {"text": message.text, "blocks": list(message.blocks)}
    notice = Delivery(kind="notice", lane="page", line="notices", key=f"notice:{key}", payload=payload)
    deliveries.add(tx.conn, [notice], tx.at)


def announce_once(tx: Tx, ctx: Context, key: str, message: Message) -> None:
    """Say something in the channel unless it was said already within the last days."""
    if facts.first_time(tx.conn, f"notice:{key}", tx.at):
        announce(tx, ctx, key, message)
