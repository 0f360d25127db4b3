"""Asks for evidence when an incident opens, when a raise may have given it another procedure, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.context import Context
from bot.events import Recorded, ends_incident
from bot.incidents import Incident
from bot.runbooks.evidence import Moment, reads
from bot.store import Tx
from bot.store.deliveries import BESIDE, Delivery

AFTER_ITS_PAGES = timedelta(seconds=1)
"""The pages of an incident leave at once, these reads after them, in the lane of steps. At its end there is nobody to page."""


def ask_for_evidence(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    moment = _moment(recorded)
    if moment is None or not is_read(ctx, incident):
        return []
    key = f"sample:{incident.number}"
    return [
        Delivery(
            kind="sample",
            lane="run",
            line=key,
            key=f"{key}:{moment}",
            incident=incident.number,
            rank=BESIDE,
            payload={"moment": moment},
            due_at=tx.at + AFTER_ITS_PAGES if moment == "opened" else None,
        )
    ]


def is_read(ctx: Context, incident: Incident) -> bool:
    """Whether its procedure has anything to read by itself."""
    procedure = ctx.config.runbooks.get(incident.runbook or "")
    return incident.number > 0 and procedure is not None and bool(reads(procedure))


def _moment(recorded: Sequence[Recorded]) -> Moment | None:
    if any(ends_incident(entry.event) for entry in recorded):
        return "resolved"
    began = any(entry.event.kind in ("opened", "severity_changed") for entry in recorded)
    return "opened" if began else None
