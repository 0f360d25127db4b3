"""Finds where several rotations fill one role at the same time. That may be intended, or a slip unnoticed until the wrong phone
rings.

It only tells of them; which person is called is the resolver's rule (the later rotation in the file).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from typing import NamedTuple

from oncall.layers import laid, plan_of
from oncall.rota import ROLES, Schedule


class Overlap(NamedTuple):
    """Two rotations of one role that overlap: `since` and `until` (UTC) bound the first overlap, `lasting` is the length of all
    together."""

    role: str
    over: str
    """The rotation whose person is called."""
    under: str
    since: datetime
    until: datetime
    lasting: timedelta


def overlaps(schedule: Schedule, start: datetime, until: datetime) -> list[Overlap]:
    """Every pair that overlaps within [start, until), even if a third lies over both."""
    found = []
    for role in ROLES:
        drawn = [(layer.name, layer.stretches(start, until)) for layer in plan_of(schedule, role)]
        for (under, lower), (over, upper) in combinations(drawn, 2):
            shared, _ = laid(upper, [(stretch.since, stretch.until) for stretch in lower])
            if shared:
                lasting = sum((each.until - each.since for each in shared), timedelta())
                found.append(Overlap(role, over, under, shared[0].since, shared[0].until, lasting))
    return found
