"""After an incident's end its figures are shown, once there is something to be seen of the time after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.context import Context
from bot.events import Recorded, ends_incident
from bot.incidents import Incident
from bot.store import Tx
from bot.store.deliveries import Delivery
from bot.watch.model import Sample

AROUND = timedelta(minutes=30)
"""How long before and after an incident its figures are shown."""


def measured(ctx: Context, incident: Incident) -> Sample | None:
    """What measures what an incident is about, if anything does. Of a drill nothing: what is measured is the real system."""
    if incident.drill:
        return None
    rule, monitoring = ctx.rule(incident.rule), ctx.config.monitoring
    return monitoring.measuring(rule) if rule is not None and monitoring is not None else None


def show_figures(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    if incident.number < 0 or not any(ends_incident(entry.event) for entry in recorded):
        return []
    if measured(ctx, incident) is None:
        return []
    key = f"figures:{incident.number}"
    return [Delivery(kind="figures", lane="house", line=key, key=key, incident=incident.number, due_at=tx.at + AROUND)]
