"""Follows up on pages that PagerDuty accepted: accepting an event does not mean that anybody was called.

Only if its webhooks have ever come: otherwise hearing nothing means nothing. All it concludes is that nothing was heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.context import Context
from bot.events import BOT, Event
from bot.incidents import Change
from bot.store import Tx, deliveries, incidents, pagerduty_incidents
from bot.store.deliveries import BESIDE, Claimed, Delivery
from bot.usecases.record import record

WITHIN = timedelta(minutes=10)
"""How long PagerDuty may say nothing about a page that it has accepted."""


def listen_for(tx: Tx, ctx: Context, pages: Sequence[Claimed]) -> None:
    """PagerDuty has accepted pages: something should be heard of them."""
    if pages and pagerduty_incidents.ever_heard(tx.conn):
        deliveries.add(tx.conn, [_later(tx, page) for page in pages if page.incident is not None], tx.at)


def _later(tx: Tx, page: Claimed) -> Delivery:
    return Delivery(
        kind="listen",
        lane="run",
        rank=BESIDE,
        line=f"listen:{page.incident}",
        key=f"listen:{page.incident}",
        incident=page.incident,
        payload={"page": page.id, "since": tx.at.isoformat()},
        due_at=tx.at + WITHIN,
    )


def unheard(tx: Tx, ctx: Context, waited: Claimed) -> bool:
    """Whether nothing has been heard since the page left, and somebody still has to answer."""
    number = waited.incident or 0
    left = deliveries.row(tx.conn, waited.payload["page"]).started_at
    heard = pagerduty_incidents.last_heard(tx.conn, number)
    return incidents.load(tx.conn, number).state == "triggered" and (heard is None or left is None or heard < left)


def say_unheard(tx: Tx, ctx: Context, number: int) -> None:
    minutes = int(WITHIN.total_seconds() // 60)
    text = f"PagerDuty accepted the page and has said nothing about it for {minutes} min: whether it calls anybody is not known"
    record(tx, ctx, Change(incidents.load(tx.conn, number), (Event("pagerduty", BOT, text, {"silent": True}),)))
