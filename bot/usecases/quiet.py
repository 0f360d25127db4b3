"""What keeps an incident quiet: a silence of all that fires of it, or another one that it follows from. Reads only."""

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
"""Open incidents, the newest, that may keep others quiet."""
LOOKED_THROUGH = 2_000
"""Alerts of one incident: one that holds more is kept quiet by no silence, and one in which more fire by no other incident."""


def covering(tx: Tx, ctx: Context, incident: Incident) -> Silence | None:
    """The silence that ends first of those that hold its alerts; `None` where one of them is not silenced."""
    index = ctx.silences.index(tx.conn, tx.at)
    if not index or not 0 < incident.alerts <= LOOKED_THROUGH:
        return None
    found = []
    for seen in alerts.of_incident(tx.conn, incident.number, LOOKED_THROUGH):
        if seen.status == "firing":
            held_by = index.holding(labels_in(incident, seen), incident.severity, tx.at)
            if held_by is None:
                return None
            found.append(held_by)
    return min(found, key=lambda silence: silence.ends_at, default=None)


def kept_quiet(tx: Tx, ctx: Context, incident: Incident) -> Change | None:
    """What is to be recorded instead of a call, where open incidents keep all of this one quiet. No drill is, and none does."""
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
    """Whether all that may fire in it is looked at: one alert that nobody has seen may be one that nothing keeps quiet."""
    return incident.firing <= LOOKED_THROUGH and not TruncatedGroups(tx).left_out(incident.number)


def _may_keep_quiet(other: Incident) -> bool:
    """Whether somebody hears of it by itself: what is kept quiet, or is held back since a backup, would hide both."""
    return other.inhibited_by is None and not other.drill and not is_held_back(other)


def _what_fires(tx: Tx, those: Sequence[Incident]) -> dict[int, list[Labels]]:
    """By what each is matched: its alerts that are known to fire, of very many the oldest; else what it stands for by itself."""
    known = {each.number: each for each in those}
    found: dict[int, list[Labels]] = {}
    fires = alerts.firing_of(tx.conn, list(known), LOOKED_THROUGH)
    for seen in fires:
        found.setdefault(seen.incident, []).append(labels_in(known[seen.incident], seen))
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
    """As `bot.silences.labels_of` a judged alert, from what is kept of it."""
    sent = seen.labels or {}
    return labels_known(
        sent,
        alertname=sent.get("alertname") or incident.rule or seen.summary,
        rule=incident.rule or "",
        severity=incident.severity,
        source=seen.source,
        group=incident.join_key,
    )
