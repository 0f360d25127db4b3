"""Whose turn it is: counts through a rotation's order.

A turn that covers no hour is not counted, so Friday's person is not Monday's again. Somebody who joins takes their place in the
order when it comes to them; somebody who leaves in the middle of a turn hands over to the next at once. Turns of days and weeks are
compared with the hours by the local clock, turns of hours by instants. Only turns of hours that serve in some hours of the week are
gone through one by one; everything else is arithmetic.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from math import gcd
from typing import Protocol

from oncall.calendar import Calendar, Elapsed, Ruler
from oncall.hours import DAY_MINUTES, Hours
from oncall.rota import Member
from oncall.values import dataclass, field

NEVER = datetime.max.replace(tzinfo=UTC)


class Count(Protocol):
    """How many of the first `slot` turns cover an hour."""

    def __call__(self, slot: int) -> int: ...


def counting(ruler: Ruler, hours: Hours | None, timezone: str) -> Count:
    """The count for these turns and these hours."""
    if hours is None:
        return _all
    return _ByInstants(ruler, hours, timezone) if isinstance(ruler, Elapsed) else _ByTheWall.of(ruler, hours)


def _all(slot: int) -> int:
    return slot


@dataclass(frozen=True, slots=True)
class _ByTheWall:
    """Counts by the local clock: the week repeats itself after so many turns, so a handful of them tell of all."""

    covered: tuple[int, ...]
    """How many of the first 0, 1, 2 … turns of a round cover an hour; the last number is that of the whole round."""

    @staticmethod
    def of(ruler: Calendar, hours: Hours) -> _ByTheWall:
        first = ruler.starts.weekday() * DAY_MINUTES + ruler.handoff.hour * 60 + ruler.handoff.minute
        length = ruler.days * DAY_MINUTES
        turns = (hours.touch(first + slot * length, length) for slot in range(7 // gcd(ruler.days, 7)))
        return _ByTheWall(tuple(accumulate(turns, initial=0)))

    def __call__(self, slot: int) -> int:
        rounds, rest = divmod(slot, len(self.covered) - 1)
        return rounds * self.covered[-1] + self.covered[rest]


@dataclass(slots=True)
class _ByInstants:
    """The turns that cover an hour, by number, as far as they were asked for: clock changes leave no pattern to count by."""

    ruler: Elapsed
    hours: Hours
    timezone: str
    known: list[int] = field(default_factory=list)
    seen: datetime | None = None

    def __call__(self, slot: int) -> int:
        seen, needed = self.seen or self.ruler.first, self.ruler.instant(slot)
        if seen < needed:
            until = needed + timedelta(weeks=4)
            for since, end in self.hours.windows(seen, until, self.timezone):
                turns = range(self.ruler.slot(since), self.ruler.slot(end - timedelta.resolution) + 1)
                self.known += turns[1:] if self.known and self.known[-1] == turns[0] else turns
            self.seen = until
        return bisect_left(self.known, slot)


@dataclass(frozen=True, slots=True)
class Era:
    """A stretch in which the same people take part."""

    begins: datetime
    ends: datetime
    places: tuple[int, ...]
    """Who takes part, as places in the order."""
    offset: int

    def place(self, counted: int) -> int:
        """Whose turn the `counted`th is, counted from 1."""
        return self.places[(self.offset + counted) % len(self.places)]


@dataclass(frozen=True, slots=True)
class Order:
    """Everybody's turns: the numbered turns, the count of those that cover an hour, and the eras."""

    ruler: Ruler
    count: Count
    eras: tuple[Era, ...]


def order_of(people: Sequence[Member], ruler: Ruler, hours: Hours | None, timezone: str) -> Order:
    """The order from the first turn on."""
    count, first = counting(ruler, hours, timezone), ruler.instant(0)
    changes = {edge for member in people for edge in (member.start, member.until) if edge is not None and edge > first}
    eras: list[Era] = []
    last: int | None = None
    for begins, ends in pairwise([first, *sorted(changes), NEVER]):
        places = tuple(place for place, member in enumerate(people) if member.takes_part(begins))
        begun = _begun(ruler, count, begins)
        running = _running(ruler, count, begins, hours, timezone)
        at = _entry(places, last, running=running)
        eras.append(Era(begins, ends, places, at - begun))
        over = _begun(ruler, count, ends) if ends != NEVER else begun
        if places and (over > begun or running or last in places):
            last = eras[-1].place(over)
    return Order(ruler, count, tuple(eras))


def _entry(places: Sequence[int], last: int | None, *, running: bool) -> int:
    """The place in `places` at which the order stands when these people come together: whoever served goes on, else the next in the
    order takes over, at once if a turn is running."""
    if last is not None and last in places:
        return places.index(last)
    following = next((index for index, place in enumerate(places) if last is None or place > last), 0)
    return following if running else following - 1


def _begun(ruler: Ruler, count: Count, at: datetime) -> int:
    """How many counted turns have begun before `at`."""
    slot = ruler.slot(at)
    return count(slot if ruler.instant(slot) == at else slot + 1)


def _running(ruler: Ruler, count: Count, at: datetime, hours: Hours | None, timezone: str) -> bool:
    """Whether a turn that began before `at` has hours left."""
    slot = ruler.slot(at)
    if ruler.instant(slot) == at or count(slot + 1) == count(slot):
        return False
    return hours is None or next(hours.windows(at, ruler.instant(slot + 1), timezone), None) is not None
