"""The only place that stores decisions: new state, events, and the deliveries they call for, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.errors import Conflict
from bot.events import Recorded
from bot.incidents import Change, Incident
from bot.store import Tx, deliveries, incidents
from bot.store.deliveries import Delivery
from bot.subscribers import SUBSCRIBERS


def record(tx: Tx, ctx: Context, change: Change) -> Incident:
    """Store a decision. Raises `Conflict` if the incident moved since it was read."""
    ledger = Ledger(tx, ctx)
    ledger.record(change)
    return ledger.write()[0]


def record_new(tx: Tx, ctx: Context, change: Change) -> Incident:
    """Store the first decision about an incident that is not in the database yet."""
    if change.incident.version:
        raise Conflict("the incident is in the database already")
    incidents.add(tx.conn, change.incident)
    if change.incident.number > 0 and not change.incident.drill:
        ctx.count(tx, lambda numbers: numbers.incidents_opened.labels(change.incident.severity).inc())
    return record(tx, ctx, change)


class Ledger:
    """Collects decisions and writes them together: one statement each for all events, all states and all deliveries.

    Several decisions about one incident may follow each other, each based on what `record` answered to the one before. The
    database knows none of them until `write`: call that before reading back anything they change.
    """

    def __init__(self, tx: Tx, ctx: Context) -> None:
        self._tx, self._ctx = tx, ctx
        self._states: dict[int, Incident] = {}
        self._events: list[Recorded] = []
        self._called_for: list[Delivery] = []

    def record(self, change: Change) -> Incident:
        """Take a decision. Answers with the incident as the next decision about it has to see it."""
        incident, recorded = incidents.numbered(change.incident, self._tx.at, change.events)
        self._states[incident.number] = incident
        self._events += recorded
        for subscriber in SUBSCRIBERS:
            self._called_for += subscriber(self._tx, self._ctx, incident, recorded)
        return incident

    def deliver(self, called_for: Sequence[Delivery]) -> None:
        """Put these in the outbox, behind what was recorded so far."""
        self._called_for += called_for

    def write(self) -> list[Incident]:
        """Store everything. Answers with the incidents as they are now. Raises `Conflict` if one moved since it was read."""
        incidents.append(self._tx.conn, self._events)
        saved = incidents.save_all(self._tx.conn, list(self._states.values()))
        deliveries.add(self._tx.conn, self._called_for, self._tx.at)
        self._states, self._events, self._called_for = {}, [], []
        return saved
