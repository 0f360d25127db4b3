"""A run's message says whether anybody has its incident: it is redrawn when that changes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.events import Kind, Recorded
from bot.incidents import Incident
from bot.store import Tx, runs
from bot.store.deliveries import Delivery
from bot.store.posts import run_key
from bot.subscribers.card import redraw

CHANGES_HANDS: frozenset[Kind] = frozenset(
    {"acknowledged", "unacknowledged", "mitigated", "resolved", "reopened", "snoozed", "snooze_ended", "expired"}
)


def redraw_runs(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    if incident.number < 0 or not any(entry.event.kind in CHANGES_HANDS for entry in recorded):
        return []
    return [redraw(run_key(run.id, run.incident), run.incident) for run in runs.active(tx.conn, incident.number)]
