"""When the person who leads a P0 is asked for an update for those who wait outside. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.incidents import Incident

LONGEST = 600
"""The most characters: one line that is read by people who do not know the system."""


def wants_updates(incident: Incident) -> bool:
    """Whether updates are asked for: a P0 that is not yet mitigated."""
    return incident.severity == "P0" and incident.state in ("triggered", "acknowledged") and not incident.drill


def first_ask(incident: Incident, at: datetime, every: timedelta) -> datetime:
    """One interval after it began, but the person who has just taken it gets some time to look first."""
    return max(incident.respond_from + every, at + every / 3)
