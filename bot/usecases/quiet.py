"""What keeps an incident quiet: a silence of all that fires of it, or another one that it follows from. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.incidents import OPEN_STATES, Change, Incident
from bot.inhibition import inhibited, inhibitors_of, labels_of_incident
from bot.matching import Labels
from bot.silences import Silence, labels_known
from bot.store import Tx, alerts, incidents
from bot.store.alerts import Sighting

LOOKED_AT = 500
"""Open incidents, the newest, that may keep others quiet."""
LOOKED_THROUGH = 2_000
"""Alerts of one incident: one that holds more is kept quiet by no silence."""


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
    if not rules or incident.state != "triggered" or incident.drill:
        return None
    mine = _what_fires(tx, [incident])[incident.number]
    if not all(any(one.fit(rule.target) for rule in rules) for one in mine):
        return None
    opened = incidents.newest(tx.conn, states=OPEN_STATES, limit=LOOKED_AT)
    others = [
        each for each in opened if each.number != incident.number and each.inhibited_by is None and not each.drill
    ]
    labels = _what_fires(tx, others)
    by = inhibitors_of(mine, [(each, labels[each.number]) for each in others], rules)
    return inhibited(incident, by, tx.at) if by else None


def _what_fires(tx: Tx, those: Sequence[Incident]) -> dict[int, list[Labels]]:
    """By what each is matched: its alerts that fire, or, where none is known to, itself. Of very many the oldest."""
    known = {each.number: each for each in those}
    found: dict[int, list[Labels]] = {}
    for seen in alerts.firing_of(tx.conn, list(known), LOOKED_THROUGH):
        found.setdefault(seen.incident, []).append(labels_in(known[seen.incident], seen))
    return {number: found.get(number) or [labels_of_incident(each)] for number, each in known.items()}


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
