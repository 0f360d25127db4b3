"""Counts somebody's quiet nights on call, which a handoff message tells. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.calendar import instant_of

BEGINS, ENDS = time(22, 0), time(7, 0)
"""A night, by the wall of the schedule's zone."""
MOST = 400
"""Nights that are looked at; a shift that never ends has no beginning worth counting from."""


def quiet_nights(called: Sequence[datetime], since: datetime, until: datetime, timezone: str) -> tuple[int, int]:
    """(quiet, all) of the nights that lie wholly in [since, until); `called` are the instants of calls."""
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
