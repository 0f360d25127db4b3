"""How far the newest incidents have come, for the page's guided tours: read from the log that everything else reads."""

from __future__ import annotations

from typing import Any

from bot.context import Context
from bot.events import Kind
from bot.incidents import Incident
from bot.store import Tx, incidents

NEWEST = 3
TOLD: tuple[Kind, ...] = (
    "acknowledged",
    "escalated",
    "reminded",
    "run_started",
    "step_asked",
    "step_finished",
    "mitigated",
    "resolved",
)
"""The events that a tour waits for."""


def progress(tx: Tx, ctx: Context) -> list[dict[str, Any]]:
    """The newest incidents first: their state, and which kinds of events each has, with the highest level that was called."""
    found = [each for each in incidents.newest(tx.conn, limit=2 * NEWEST) if not each.drill]
    return [_told(tx, each) for each in found[:NEWEST]]


def _told(tx: Tx, incident: Incident) -> dict[str, Any]:
    story = [each.event for each in incidents.of_kinds(tx.conn, incident.number, TOLD)]
    return {
        "number": incident.number,
        "rule": incident.rule,
        "state": incident.state,
        "kinds": list(dict.fromkeys(event.kind for event in story)),
        "level": max((int(event.data.get("level", 1)) for event in story if event.kind == "escalated"), default=1),
    }
