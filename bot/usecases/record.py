"""The one way anything is written down: new state, events and the deliveries they call for, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import Conflict
from bot.events import Recorded
from bot.incidents import Change, Incident
from bot.store import Tx, deliveries, incidents
from bot.subscribers import SUBSCRIBERS
from bot.usecases.context import Context


def record(tx: Tx, ctx: Context, change: Change) -> Incident:
    """Store a decision. Raises `Conflict` if the incident moved since it was read."""
    incident, recorded = incidents.append(tx.conn, change.incident, tx.at, change.events)
    incident = incidents.save(tx.conn, incident)
    _tell(tx, ctx, incident, recorded)
    return incident


def record_new(tx: Tx, ctx: Context, change: Change) -> Incident:
    """Store the first decision about an incident that is not in the database yet."""
    if change.incident.version:
        raise Conflict("the incident is in the database already")
    incidents.add(tx.conn, change.incident)
    ctx.count(tx, lambda numbers: numbers.incidents_opened.labels(change.incident.severity).inc())
    return record(tx, ctx, change)


def _tell(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> None:
    called_for = [each for subscriber in SUBSCRIBERS for each in subscriber(tx, ctx, incident, recorded)]
    deliveries.add(tx.conn, called_for, tx.at)
