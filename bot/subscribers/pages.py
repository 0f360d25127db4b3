"""Ends the paging when somebody answers: what has not left will not, and whoever was called is told that it is in hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from bot.context import Context
from bot.events import Recorded
from bot.incidents import Incident
from bot.store import Tx, deliveries
from bot.store.deliveries import Delivery
from bot.subscribers.card import redraw

ENDS_PAGING = {"acknowledged": "acknowledge", "mitigated": "acknowledge", "resolved": "resolve"}
"""Event kind → what a stateful transport (PagerDuty) is asked to do."""


def close_pages(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    actions = [ENDS_PAGING[entry.event.kind] for entry in recorded if entry.event.kind in ENDS_PAGING]
    if not actions:
        return _let_ring_again(tx, incident, recorded)
    deliveries.cancel_pages(tx.conn, incident.number, tx.at, f"#{incident.number} was {incident.state}")
    left = [row for row in deliveries.rows_of(tx.conn, incident.number, "page") if deliveries.may_have_left(row)]
    by_phone = {row.line: row for row in left if row.payload["transport"] == "pagerduty"}
    messages = [row for row in left if row.payload["transport"] == "slack"]
    closing = [_close(incident, row, actions[-1], recorded[-1].seq) for row in by_phone.values()]
    return closing + [redraw(f"page:{row.key}", incident.number) for row in messages]


def _let_ring_again(tx: Tx, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    """An incident that calls again after an answer: PagerDuty pages nobody for what is acknowledged there, so that ends first.

    What has not left yet is as grave from now on as the incident.
    """
    kinds = {entry.event.kind for entry in recorded}
    if "severity_changed" in kinds:
        deliveries.rank(tx.conn, incident.number, incident.rank)
    if incident.state != "triggered" or not kinds & {"reopened", "severity_changed"}:
        return []
    closings = {row.line: row for row in deliveries.rows_of(tx.conn, incident.number, "page_close")}
    return [
        replace(_close(incident, row, "resolve", recorded[-1].seq), payload=row.payload | {"action": "resolve"})
        for row in closings.values()
        if row.payload["action"] == "acknowledge"
    ]


def _close(incident: Incident, page: Row[Any], action: str, seq: int) -> Delivery:
    return Delivery(
        kind="page_close",
        lane="page",
        line=page.line,
        key=f"close:{page.line}:{seq}",
        incident=incident.number,
        payload={"page": page.id, "action": action},
        rank=incident.rank,
    )
