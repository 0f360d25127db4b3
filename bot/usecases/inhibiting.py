"""What alerts that began or ended change about who keeps whom quiet: said at once, on both cards, not at the next level.

What an alert is kept quiet by is written down with its other decisions, for whoever asks why it called nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.context import Context
from bot.incidents import Incident
from bot.inhibition import uninhibited
from bot.matching import Labels
from bot.store import Tx, alerts, decisions, incidents
from bot.store.alerts import Sighting
from bot.store.decisions import Decision
from bot.usecases.escalation import climb
from bot.usecases.quiet import LOOKED_AT, LOOKED_THROUGH, kept_quiet
from bot.usecases.reasons import by_another
from bot.usecases.record import record
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Began:
    """An alert that fires since now."""

    place: tuple[str, str]
    labels: Labels
    incident: int


def settle(tx: Tx, ctx: Context, began: Sequence[Began], changed: Collection[int]) -> None:
    """`changed`: the incidents in which anything began or ended. All of it is written."""
    hushed = set()
    for number in sorted(changed):
        own = incidents.load(tx.conn, number)
        if own.is_open:  # whom one kept quiet that is over calls by itself
            for incident in (own, *incidents.inhibited_by(tx.conn, number)):
                hushed |= _look(tx, ctx, incident)
    rules = ctx.config.inhibit_rules
    if any(each.labels.fit(rule.source) for each in began for rule in rules):
        for incident in incidents.newest(tx.conn, states=("triggered",), limit=LOOKED_AT):
            if incident.stands == "triggered":
                hushed |= _look(tx, ctx, incident)
    new = {each.incident: [one.place for one in began if one.incident == each.incident] for each in began}
    for number in new.keys() | hushed:
        _write_down(tx, number, None if number in hushed else new[number])


def _look(tx: Tx, ctx: Context, incident: Incident) -> set[int]:
    """Whether all that fires in it is kept quiet now. Its number, where that is news."""
    if incident.stands not in ("triggered", "inhibited"):
        return set()
    quiet = kept_quiet(tx, ctx, incident)
    if quiet is not None and quiet.events:
        return {record(tx, ctx, quiet).number}
    if quiet is None and incident.stands == "inhibited":
        climb(tx, ctx, record(tx, ctx, uninhibited(incident, tx.at, over=False)))
    return set()


def _write_down(tx: Tx, number: int, places: Collection[tuple[str, str]] | None) -> None:
    """That these alerts of an incident call nobody, all of them where none is named."""
    incident = incidents.load(tx.conn, number)
    if incident.inhibited_by is None:
        return
    reason = by_another(incidents.load(tx.conn, incident.inhibited_by))
    firing = alerts.firing_of(tx.conn, [number], LOOKED_THROUGH)
    mine = [seen for seen in firing if places is None or (seen.source, seen.key) in places]
    decisions.write(tx.conn, [_decision(tx, incident, seen, reason) for seen in mine])


def _decision(tx: Tx, incident: Incident, seen: Sighting, reason: str) -> Decision:
    told = (seen.source, seen.key, "inhibited", reason, incident.number, f"#{incident.inhibited_by}")
    return Decision(*told, incident.rule, incident.severity, seen.summary, tx.at, tx.at)
