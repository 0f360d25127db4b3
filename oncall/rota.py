"""The rota as values: what the file says, and the answers that are given about it.

No arithmetic here; `oncall.calendar` finds the instants and `oncall.schedule` the people.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from oncall.calendar import WEEKDAYS, Calendar, Elapsed, Ruler, instant_of
from oncall.hours import Hours
from oncall.values import dataclass

ROLES = ("primary", "secondary")
WEEKS = "default"
"""The name of the rotation made of the `week_N`."""


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody takes a role for a stretch of time. Half-open: `start` is in, `until` is out."""

    role: str
    person: str
    start: datetime
    until: datetime
    reason: str = ""
    source: str = "file"
    """`file` or `slack`; the ones made in Slack win."""


@dataclass(frozen=True, slots=True)
class Week:
    """One slot of the rotation, as the document writes it: `week_1: {primary: …, secondary: …}`."""

    number: int
    primary: str | None
    secondary: str | None

    def person(self, role: str) -> str | None:
        """Who fills `role` (one of `ROLES`) in this week, by the file alone."""
        return self.primary if role == "primary" else self.secondary


@dataclass(frozen=True, slots=True)
class Every:
    """How long a turn is. Days and weeks are counted by the local clock, hours by elapsed time."""

    count: int
    unit: Literal["hours", "days", "weeks"]

    def __str__(self) -> str:
        return f"every {self.count} {self.unit}" if self.count > 1 else f"every {self.unit[:-1]}"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody (or nobody) in a rotation's order, with the time (UTC, half-open) in which they take part."""

    person: str | None
    start: datetime | None = None
    until: datetime | None = None

    def takes_part(self, at: datetime) -> bool:
        """Whether their turn may come at `at`."""
        return (self.start is None or self.start <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A rotation: people who fill a role in turn, during some hours of the week or all of them."""

    name: str
    role: str
    people: tuple[Member, ...]
    every: Every
    starts: datetime
    """When the first turn begins, in the local time of `timezone` (so the value itself has no time zone)."""
    timezone: str
    hours: Hours | None = None
    """`None` is the whole week."""

    @property
    def ruler(self) -> Ruler:
        """The rotation's turns."""
        day, clock = self.starts.date(), self.starts.time()
        if self.every.unit == "hours":
            return Elapsed(instant_of(day, clock, self.timezone), timedelta(hours=self.every.count))
        return Calendar(day, clock, self.timezone, self.every.count * (7 if self.every.unit == "weeks" else 1))


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rota: `weeks`, a weekly rotation (sorted by number, contiguous, counted from `starts`), and `rotations` above it. If
    several fill a role at the same time, the later one does."""

    weeks: tuple[Week, ...]
    timezone: str = "UTC"
    starts: date = date(2024, 1, 1)
    """The date on which a `week_1` began, at the handoff time; must be the handoff's weekday."""
    handoff_weekday: int = 0
    """0 is Monday."""
    handoff_time: time = time(9, 0)
    overrides: tuple[Override, ...] = ()
    rotation: str = WEEKS
    rotations: tuple[Rotation, ...] = ()
    defaults: tuple[str, ...] = ()
    """The settings that the file leaves out, as `name: value` of their default; the tools say them aloud."""

    @property
    def calendar(self) -> Calendar:
        """The weeks as numbered turns."""
        return Calendar(self.starts, self.handoff_time, self.timezone)

    @property
    def rhythm(self) -> str:
        """When it hands over, in words: `Mondays 09:00 UTC`."""
        return f"{WEEKDAYS[self.handoff_weekday]}s {self.handoff_time:%H:%M} {self.timezone}"


@dataclass(frozen=True, slots=True)
class Duty:
    """Who fills a role at an instant. `since`/`until` (UTC) bound the longest stretch of that person,
    or of nobody, in it.
    """

    role: str
    person: str | None
    since: datetime
    until: datetime
    why: str
    """A plain sentence: the week or the rotation, the anchor and the handoff, or the override and its reason."""
    rotation: str | None = None
    """Whose turn it is; under an override, whose turn it would be. `None` if it is nobody's turn."""


class Shift(NamedTuple):
    """One person, or nobody, in one role for one unbroken stretch. Half-open, UTC, cut to the window that was asked for."""

    rotation: str
    """The rotations that the stretch is made of; the weekly one if no rotation says anything."""
    role: str
    person: str | None
    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody fills a role. Half-open, UTC."""

    rotation: str
    role: str
    since: datetime
    until: datetime
