"""What a change of the rota means to people: who is called instead of whom, and when.

Compares two rotas over the same time; it does not ask what was changed. Refuses to say that something moved where the same
person stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from oncall.rota import ROLES, Shift


class Move(NamedTuple):
    """`now` fills the role instead of `before` for one stretch (half-open, UTC); `None` is nobody."""

    role: str
    before: str | None
    now: str | None
    since: datetime
    until: datetime


def moves(before: Sequence[Shift], now: Sequence[Shift]) -> list[Move]:
    """Every difference between two lists of `oncall.schedule.shifts` of the same window, by time."""
    return sorted((move for role in ROLES for move in _joined(_moves(role, before, now))), key=lambda move: move.since)


def _moves(role: str, before: Sequence[Shift], now: Sequence[Shift]) -> Iterator[Move]:
    ours, theirs = ([shift for shift in side if shift.role == role] for side in (before, now))
    index = 0
    for shift in ours:
        while index < len(theirs) and theirs[index].since < shift.until:
            other = theirs[index]
            if other.person != shift.person and other.until > shift.since:
                ends = max(shift.since, other.since), min(shift.until, other.until)
                yield Move(role, shift.person, other.person, *ends)
            if other.until > shift.until:
                break
            index += 1


def _joined(found: Iterator[Move]) -> Iterator[Move]:
    """One after the other with the same people is one."""
    last: Move | None = None
    for move in found:
        if last is not None and last[:3] == move[:3] and last.until == move.since:
            last = last._replace(until=move.until)
            continue
        if last is not None:
            yield last
        last = move
    if last is not None:
        yield last
