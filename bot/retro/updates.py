"""When whoever leads a P0 is asked for a word to those who wait outside. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.incidents import Incident

LONGEST = 600
"""Characters: one line that is read by people who do not know the system."""


def wants_updates(incident: Incident) -> bool:
    """A P0 that nobody has stopped yet."""
    return incident.severity == "P0" and incident.state in ("triggered", "acknowledged") and not incident.drill


def first_ask(incident: Incident, at: datetime, every: timedelta) -> datetime:
    """So long after it began, but whoever has just taken it gets to look at it first."""
    return max(incident.respond_from + every, at + every / 3)
