"""Finds where several rotations fill one role at the same time: intended, or a slip nobody sees until the wrong phone rings.

Tells; which of them is called is the resolver's rule (the later in the file).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from typing import NamedTuple

from oncall.layers import laid, plan_of
from oncall.rota import ROLES, Schedule


class Overlap(NamedTuple):
    """Two rotations of one role. `since` and `until` (UTC) are the first stretch, `lasting` is all of them together."""

    role: str
    over: str
    """The one that is called."""
    under: str
    since: datetime
    until: datetime
    lasting: timedelta


def overlaps(schedule: Schedule, start: datetime, until: datetime) -> list[Overlap]:
    """Every pair that overlaps within [start, until), whatever lies over both."""
    found = []
    for role in ROLES:
        drawn = [(layer.name, layer.stretches(start, until)) for layer in plan_of(schedule, role)]
        for (under, lower), (over, upper) in combinations(drawn, 2):
            shared, _ = laid(upper, [(stretch.since, stretch.until) for stretch in lower])
            if shared:
                lasting = sum((each.until - each.since for each in shared), timedelta())
                found.append(Overlap(role, over, under, shared[0].since, shared[0].until, lasting))
    return found
