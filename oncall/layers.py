"""The time line of one role, as layers over one another: at each instant the topmost layer that has somebody wins.

From the bottom: the `week_N`, the rotations in the order of the file, the overrides of the file, those made in Slack, oldest first.
Each layer works out its own stretches; `painted` lays them over each other. What is asked of the time line is `oncall.schedule`'s
business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from oncall.calendar import after, local, utc
from oncall.hours import Hours
from oncall.rota import Member, Override, Rotation, Schedule
from oncall.turns import NEVER, Era, Order, order_of
from oncall.values import dataclass, field

Window = tuple[datetime, datetime]
"""From and until, half-open, UTC."""
_CHUNK = timedelta(weeks=4)
TICK = timedelta.resolution
COUNTED = ", counted from "
"""In a reason, the text after this says how the weeks are counted."""


class Layer(Protocol):
    """Somebody who fills the role in some stretches of time."""

    def stretches(self, start: datetime, until: datetime) -> list[Stretch]:
        """The layer's stretches within [start, until), cut to it, by time; none if it has nobody there."""
        ...


class Stretch(NamedTuple):
    """A stretch of time in which one person serves for one reason."""

    since: datetime
    until: datetime
    person: str | None
    source: Layer | None
    place: int = 0
    """The person's place in the layer's order."""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """One person takes the role for one stretch: an override."""

    since: datetime
    until: datetime
    person: str
    override: Override | None = None

    def stretches(self, start: datetime, until: datetime) -> list[Stretch]:
        """See `Layer`."""
        since, until = max(start, self.since), min(until, self.until)
        return [Stretch(since, until, self.person, self)] if since < until else []


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """A rotation, or the `week_N`, as a layer."""

    name: str
    people: tuple[Member, ...]
    order: Order
    timezone: str
    reasons: tuple[str, ...]
    """The reason for each place in the order."""
    hours: Hours | None = None
    first: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", self.order.ruler.instant(0))

    def stretches(self, start: datetime, until: datetime) -> list[Stretch]:
        """See `Layer`; each turn is a stretch of its own."""
        start = max(start, self.first)
        if start >= until:
            return []
        found: list[Stretch] = []
        ruler, count, slot = self.order.ruler, self.order.count, self.order.ruler.slot(start)
        ends, known, place = ruler.instant(slot + 1), None, 0
        for era, begin, end in self._parts(start, until):
            while begin < end:
                while ends <= begin:
                    slot, ends, known = slot + 1, ruler.instant(slot + 2), None
                if known is not era:
                    known, place = era, era.place(count(slot + 1))
                cut = min(end, ends)
                if (person := self.people[place].person) is not None:
                    found.append(Stretch(begin, cut, person, self, place))
                begin = cut
        return found

    def _parts(self, start: datetime, until: datetime) -> Iterator[tuple[Era, datetime, datetime]]:
        """The hours within [start, until) of each era in which anybody takes part."""
        for era in self.order.eras:
            since, end = max(start, era.begins), min(until, era.ends)
            if era.places and since < end:
                for window in self.hours.windows(since, end, self.timezone) if self.hours else [(since, end)]:
                    yield era, *window

    def handoffs(self, at: datetime) -> Iterator[datetime]:
        """The instants later than `at` at which a turn begins, or the rotation's hours begin or end, without end."""
        if self.hours is None:
            yield from after(self.order.ruler, at)
            return
        at = max(at, self.first - TICK)
        while True:
            windows = list(self.hours.windows(at, at + _CHUNK, self.timezone))
            turns = (turn for turn in self._turns(at, at + _CHUNK) if any(one < turn < other for one, other in windows))
            yield from sorted({edge for window in windows for edge in window if at < edge < at + _CHUNK} | set(turns))
            at += _CHUNK - TICK

    def _turns(self, at: datetime, until: datetime) -> Iterator[datetime]:
        for instant in after(self.order.ruler, at):
            if instant >= until:
                return
            yield instant

    def short(self, place: int) -> str:
        """The first words of the reason for a place: `week_1`, `rotation nights`."""
        return self.reasons[place].partition(" of ")[0].partition(":")[0]

    def silence(self, at: datetime, role: str) -> str:
        """Why nobody serves at `at`."""
        if at < self.first:
            return f"rotation {self.name} starts {local(self.first, self.timezone)}"
        if self.hours and not any(self.hours.windows(at, at + TICK, self.timezone)):
            return f"rotation {self.name} serves {self.hours.text}"
        era = next(era for era in self.order.eras if era.begins <= at < era.ends)
        if not era.places:
            return f"rotation {self.name} has nobody who takes part in it at that time"
        place = era.place(self.order.count(self.order.ruler.slot(at) + 1))
        named, counted, rest = self.reasons[place].partition(",")
        return f"{named} names no {role}{counted}{rest}"

    def coarse(self) -> Layer:
        """The same layer, without the turns if one person has all of them."""
        people = {member.person for member in self.people}
        person = self.people[0].person if len(people) == 1 else None
        whole = self.hours is None and all(member.start is member.until is None for member in self.people)
        return Taken(self.first, NEVER, person) if person is not None and whole else self


def weeks_of(schedule: Schedule, role: str) -> list[Turns]:
    """The layer of the `week_N`; none if the file has no weeks."""
    if not schedule.weeks:
        return []
    people = tuple(Member(week.person(role)) for week in schedule.weeks)
    counted = f"of {len(people)}{COUNTED}{schedule.starts}; handoffs {schedule.rhythm}"
    reasons = tuple(f"week_{week.number} {counted}" for week in schedule.weeks)
    order = order_of(people, schedule.calendar, None, schedule.timezone)
    return [Turns(schedule.rotation, people, order, schedule.timezone, reasons)]


def turns_of(rotation: Rotation) -> Turns:
    """A rotation as a layer."""
    people, ruler = rotation.people, rotation.ruler
    begun = local(ruler.instant(0), rotation.timezone)
    hours = f", {rotation.hours.text}" if rotation.hours else ""
    counted = f"of {len(people)}, {rotation.every} from {begun}{hours}"
    reasons = tuple(f"rotation {rotation.name}: person {place} {counted}" for place in range(1, len(people) + 1))
    order = order_of(people, ruler, rotation.hours, rotation.timezone)
    return Turns(rotation.name, people, order, rotation.timezone, reasons, rotation.hours)


def plan_of(schedule: Schedule, role: str) -> tuple[Turns, ...]:
    """The layers of the file for a role, without its overrides."""
    rotations = (rotation for rotation in schedule.rotations if rotation.role == role)
    return *weeks_of(schedule, role), *map(turns_of, rotations)


def taken(override: Override) -> Taken:
    """An override as a layer."""
    return Taken(utc(override.start), utc(override.until), override.person, override)


def painted(layers: Sequence[Layer], start: datetime, until: datetime) -> list[Stretch]:
    """Who serves throughout [start, until), without a hole, by time: the person of the topmost (last) layer that has somebody; else
    nobody."""
    free: list[Window] = [(start, until)] if start < until else []
    found: list[Stretch] = []
    for layer in reversed(layers):
        if not free:
            break
        mine, free = laid(layer.stretches(free[0][0], free[-1][1]), free)
        found += mine
    found += [Stretch(since, end, None, None) for since, end in free]
    return sorted(found)


def laid(stretches: Sequence[Stretch], free: Sequence[Window]) -> tuple[list[Stretch], list[Window]]:
    """The parts of the stretches that fall into free windows, and the windows that are then still free. Both are in order."""
    mine: list[Stretch] = []
    left: list[Window] = []
    index, count = 0, len(stretches)
    for at, until in free:
        while index < count:
            stretch = stretches[index]
            since, end = stretch.since, stretch.until
            if since >= until:
                break
            if at < end:
                if at < since:
                    left.append((at, since))
                    at = since
                last = min(until, end)
                whole = at == since and last == end
                mine.append(stretch if whole else Stretch(at, last, stretch.person, stretch.source, stretch.place))
                at = end
            if end > until:
                break
            index += 1
        if at < until:
            left.append((at, until))
    return mine, left
