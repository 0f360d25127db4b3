"""Plans when whoever leads a P0 is asked for a word to those outside.

A row is written only where a person has just taken the incident, handed it over or said something: nothing of it lies on the way
of a page.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.events import Recorded
from bot.incidents import Incident
from bot.retro.updates import first_ask, wants_updates
from bot.store import Tx, update_asks
from bot.store.deliveries import Delivery

TAKEN = frozenset({"acknowledged", "assigned", "handed_over"})
OVER = frozenset({"mitigated", "resolved", "expired"})


def plan_updates(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    kinds, every = {entry.event.kind for entry in recorded}, ctx.config.bot.updates.every
    back = "reopened" in kinds and incident.state == "acknowledged"
    if every is None or incident.number < 0 or incident.commander is None:
        return []
    if incident.severity == "P0" and kinds & OVER and not wants_updates(incident):
        update_asks.drop(tx.conn, incident.number)
    if not (kinds & TAKEN or back or "update" in kinds) or not wants_updates(incident):
        return []
    if "update" in kinds:
        update_asks.plan(tx.conn, incident.number, tx.at + every)
    elif update_asks.waits(tx.conn, incident.number) is None:
        update_asks.plan(tx.conn, incident.number, first_ask(incident, tx.at, every))
    return []
