"""Counts somebody's quiet nights on call, for the handoff message. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.calendar import instant_of

BEGINS, ENDS = time(22, 0), time(7, 0)
"""A night, by the local time of the schedule's zone."""
MOST = 400
"""How many nights are looked at, at most: a shift that never ends has no beginning worth counting from."""


def quiet_nights(called: Sequence[datetime], since: datetime, until: datetime, timezone: str) -> tuple[int, int]:
    """How many of the nights that lie wholly in [since, until) were quiet, and how many there were; `called` are the instants of
    calls."""
    day = max(since, until - timedelta(days=MOST)).astimezone(ZoneInfo(timezone)).date()
    quiet = count = 0
    while True:
        begin = instant_of(day, BEGINS, timezone)
        end = instant_of(day + timedelta(days=1), ENDS, timezone)
        if end > until:
            return quiet, count
        if begin >= since:
            count += 1
            quiet += not any(begin <= call < end for call in called)
        day += timedelta(days=1)
