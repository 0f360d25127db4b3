"""What keeps an incident quiet: a silence of all that fires of it, or another one that it follows from. Reads only."""

from __future__ import annotations

from bot.context import Context
from bot.incidents import OPEN_STATES, Change, Incident
from bot.inhibition import inhibited, inhibitor_of
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
    """What is to be recorded instead of a call, where another open incident keeps this one quiet."""
    rules = ctx.config.inhibit_rules
    if not rules or incident.state != "triggered" or incident.drill:
        return None
    others = incidents.newest(tx.conn, states=OPEN_STATES, limit=LOOKED_AT)
    by = inhibitor_of(incident, [other for other in others if not other.drill], rules)
    return inhibited(incident, by, tx.at) if by is not None else None


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
