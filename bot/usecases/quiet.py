"""Which silence keeps an incident quiet: one whose firing alerts are all silenced calls nobody. Reads only."""

from __future__ import annotations

from bot.context import Context
from bot.incidents import Incident
from bot.matching import Labels
from bot.silences import Silence, labels_known
from bot.store import Tx, alerts
from bot.store.alerts import Sighting

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
