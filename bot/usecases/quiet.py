"""Whether an incident is to call nobody: all that fires in it is silenced, or inhibited by another incident. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.holds import is_held_back
from bot.incidents import OPEN_STATES, Change, Incident
from bot.inhibition import inhibited, inhibitors_of, labels_of_incident
from bot.matching import Labels
from bot.silences import Silence, labels_known
from bot.store import Tx, alerts, incidents
from bot.store.alerts import Sighting
from bot.usecases.truncated_groups import TruncatedGroups

LOOKED_AT = 500
"""How many open incidents, the newest first, are looked at for inhibiting others."""
LOOKED_THROUGH = 2_000
"""How many alerts of an incident are looked at: one with more is never silenced, and one in which more fire never inhibited."""


def covering(tx: Tx, ctx: Context, incident: Incident) -> Silence | None:
    """The silence that ends first among those that cover its firing alerts; `None` if one of them is not silenced."""
    index = ctx.silences.index(tx.conn, tx.at)
    if not index or not 0 < incident.alerts <= LOOKED_THROUGH:
        return None
    found, came = [], came_with(tx, [incident.number])
    for seen in alerts.of_incident(tx.conn, incident.number, LOOKED_THROUGH):
        if seen.status == "firing":
            own = came.get((seen.source, seen.key), incident)
            held_by = index.holding(labels_in(own, seen), incident.severity, tx.at)
            if held_by is None:
                return None
            found.append(held_by)
    return min(found, key=lambda silence: silence.ends_at, default=None)


def came_with(tx: Tx, numbers: Sequence[int]) -> dict[tuple[str, str], Incident]:
    """The incident with which an alert came that was merged into another: its rule and its group are still those of that one."""
    came = alerts.came_from(tx.conn, numbers)
    merged = incidents.by_numbers(tx.conn, set(came.values())) if came else {}
    return {place: merged[number] for place, number in came.items() if number in merged}


def kept_quiet(tx: Tx, ctx: Context, incident: Incident) -> Change | None:
    """What to record instead of paging, if open incidents inhibit all of this one. Drills neither inhibit nor are inhibited."""
    rules = ctx.config.inhibit_rules
    if not rules or incident.state != "triggered" or incident.drill or not _all_known(tx, incident):
        return None
    mine = _what_fires(tx, [incident])[incident.number]
    if not all(any(one.fit(rule.target) for rule in rules) for one in mine):
        return None
    opened = incidents.newest(tx.conn, states=OPEN_STATES, limit=LOOKED_AT)
    others = [each for each in opened if each.number != incident.number and _may_keep_quiet(each)]
    labels = _what_fires(tx, others)
    by = inhibitors_of(mine, [(each, labels[each.number]) for each in others], rules)
    return inhibited(incident, by, tx.at) if by else None


def _all_known(tx: Tx, incident: Incident) -> bool:
    """Whether all its alerts are known: one that was left out may be one that nothing inhibits."""
    return incident.firing <= LOOKED_THROUGH and not TruncatedGroups(tx).left_out(incident.number)


def _may_keep_quiet(other: Incident) -> bool:
    """Whether it may inhibit others: if nobody is paged for it either, both would go unnoticed."""
    return other.inhibited_by is None and not other.drill and not is_held_back(other)


def _what_fires(tx: Tx, those: Sequence[Incident]) -> dict[int, list[Labels]]:
    """The labels by which each incident is matched: those of its firing alerts (the oldest, of very many), else its own."""
    known = {each.number: each for each in those}
    found: dict[int, list[Labels]] = {}
    fires, came = alerts.firing_of(tx.conn, list(known), LOOKED_THROUGH), came_with(tx, list(known))
    for seen in fires:
        own = came.get((seen.source, seen.key), known[seen.incident])
        found.setdefault(seen.incident, []).append(labels_in(own, seen))
    whole = len(fires) < LOOKED_THROUGH
    return {number: found.get(number) or _by_itself(each, whole=whole) for number, each in known.items()}


def _by_itself(incident: Incident, *, whole: bool) -> list[Labels]:
    """By what an incident is matched of which no firing alert was found: what opened it, where it never held any, or is being
    opened by one that is not written yet.

    Else nothing: its alerts are over, or cut off, or lie beyond what is looked through (it is not the `whole`). What may fire keeps
    nobody from being called.
    """
    opening = whole and incident.firing > 0
    return [labels_of_incident(incident)] if opening or not incident.alerts else []


def labels_in(incident: Incident, seen: Sighting) -> Labels:
    """The labels of an alert as `bot.silences.labels_of` gives them, from its sighting."""
    sent = seen.labels or {}
    return labels_known(
        sent,
        alertname=sent.get("alertname") or incident.rule or seen.summary,
        rule=incident.rule or "",
        severity=incident.severity,
        source=seen.source,
        group=incident.join_key,
    )
