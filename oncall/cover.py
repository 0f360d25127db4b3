"""Stand-ins: which shifts somebody still has to take, when the channel is asked again, and who serves instead of whom. Pure.

What is still wanted is never stored: it is whatever the resolver says that the person serves in the time they asked for. So a
volunteer, anybody's override and a change of the file all cover it alike, and a role that was not asked about is not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from oncall.rota import ROLES, Shift
from oncall.values import dataclass

Kind = Literal["swap", "away"]

LONGEST = timedelta(days=366)
ASKED_AGAIN = timedelta(days=1)
ASKED_BEFORE = (timedelta(hours=24), timedelta(hours=2))
"""How long before a shift that nobody has taken the channel is asked once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Somebody asks for a stand-in: for one shift that they want to swap, or for all of their shifts while they are away."""

    id: int
    kind: Kind
    person: str
    role: str | None
    """The role of the shift; `None` means every role."""
    start: datetime
    until: datetime
    reason: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None
    """When it was withdrawn."""

    def stands(self, at: datetime) -> bool:
        return self.ended_at is None and at < self.until


def wanted(request: Request, shifts: Iterable[Shift], at: datetime) -> list[Shift]:
    """Which of these shifts somebody still has to take, by time."""
    if not request.stands(at):
        return []
    return [
        shift
        for shift in shifts
        if shift.person == request.person and request.role in (None, shift.role) and shift.until > at
    ]


def next_ask(starts: Iterable[datetime], at: datetime, until: datetime) -> datetime | None:
    """When the channel is asked next about shifts that begin at these instants: daily, and 24 h and 2 h before each; the last time
    is `until`, when nothing can be taken any more. `None` once that is past."""
    moments = [at + ASKED_AGAIN, *(start - before for start in starts for before in ASKED_BEFORE)]
    soonest = min(moment for moment in moments if moment > at)
    return min(soonest, until) if at < until else None


def in_return(shifts: Iterable[Shift], volunteer: str, given: Shift, at: datetime) -> Shift | None:
    """The shift that a volunteer gives in return: their own next one in that role that does not overlap the given one, if any."""
    return next(
        (
            shift
            for shift in shifts
            if (shift.person, shift.role) == (volunteer, given.role)
            and shift.since > at
            and (shift.until <= given.since or given.until <= shift.since)
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class Move:
    """In one role, one person serves instead of another for a while; `None` is nobody. Half-open, UTC."""

    role: str
    since: datetime
    until: datetime
    before: str | None
    now: str | None


def moves(before: Sequence[Shift], after: Sequence[Shift]) -> list[Move]:
    """Who serves instead of whom, by time. Both lists are the shifts of the same window."""
    found: list[Move] = []
    for role in ROLES:
        was, will = ([shift for shift in shifts if shift.role == role] for shifts in (before, after))
        edges = sorted({edge for shift in (*was, *will) for edge in (shift.since, shift.until)})
        for since, until in pairwise(edges):
            _extend(found, Move(role, since, until, _serves(was, since), _serves(will, since)))
    return sorted((move for move in found if move.before != move.now), key=lambda move: move.since)


def _extend(found: list[Move], move: Move) -> None:
    last = found[-1] if found else None
    if last and last.until == move.since and (last.role, last.before, last.now) == (move.role, move.before, move.now):
        found[-1] = Move(move.role, last.since, move.until, move.before, move.now)
    else:
        found.append(move)


def _serves(shifts: Sequence[Shift], at: datetime) -> str | None:
    return next((shift.person for shift in shifts if shift.since <= at < shift.until), None)


def alone(shifts: Sequence[Shift], person: str) -> bool:
    """Whether the person fills two roles at the same time: then nobody stands behind them."""
    mine = [shift for shift in shifts if shift.person == person]
    return any(
        one.role != other.role and one.since < other.until and other.since < one.until for one in mine for other in mine
    )
