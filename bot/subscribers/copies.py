"""While a handoff is not confirmed, whoever left gets a copy of each call of whoever came, marked as such.

A copy calls nobody: it goes by housekeeping's lane, once for each rung.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.context import Context
from bot.events import Recorded
from bot.incidents import Incident
from bot.store import Tx, facts, handoffs
from bot.store.deliveries import Delivery
from bot.store.handoffs import COPIES_FOR, Handoff
from oncall.rota import ROLES


def copy_to_leaver(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    return [copy for entry in recorded if entry.event.kind == "paged" for copy in _copies(tx, ctx, incident, entry)]


def _copies(tx: Tx, ctx: Context, incident: Incident, entry: Recorded) -> Iterator[Delivery]:
    person, role = entry.event.data["person"], entry.event.data["role"]
    if person is None or role not in ROLES or incident.state != "triggered" or incident.drill:
        return
    for leaver in _left_to(tx, ctx, person, role):
        key = f"copy:{incident.number}:{incident.reopened}:{incident.rung}:{leaver}"
        if facts.first_time(tx.conn, key, tx.at):
            yield Delivery(
                kind="copy",
                lane="house",
                line=key,
                key=key,
                incident=incident.number,
                payload={"person": leaver, "taker": person, "role": role, "reopened": incident.reopened},
            )


def _left_to(tx: Tx, ctx: Context, person: str, role: str) -> Iterator[str]:
    """Who left a role to this person of late, who has not said yet that they have it. Nobody who is on call by now themselves."""
    recent = _recent(tx)
    on_call = {ctx.duty(tx)(each).person for each in ROLES} if recent else set()
    for handoff in recent:
        for moved in handoff.moved:
            mine = (moved.role, moved.taker) == (role, person) and person not in handoff.accepted
            if mine and moved.leaver is not None and moved.leaver not in on_call:
                yield moved.leaver


def _recent(tx: Tx) -> list[Handoff]:
    """Asked once in a transaction, however many pages leave in it."""
    if "handoffs" not in tx.kept:
        tx.kept["handoffs"] = handoffs.since(tx.conn, tx.at - COPIES_FOR)
    found: list[Handoff] = tx.kept["handoffs"]
    return found
