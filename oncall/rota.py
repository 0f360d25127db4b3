"""The rota as values: what the file says, and the answers that are given about it.

No arithmetic here; `oncall.calendar` finds the instants and `oncall.schedule` the people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from oncall.calendar import WEEKDAYS, Calendar

ROLES = ("primary", "secondary")


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
class Schedule:
    """A weekly rotation. `weeks` are sorted by number and contiguous; slots are counted from `starts`."""

    weeks: tuple[Week, ...]
    timezone: str = "UTC"
    starts: date = date(2024, 1, 1)
    """The date on which a `week_1` began, at the handoff time; must be the handoff's weekday."""
    handoff_weekday: int = 0
    """0 is Monday."""
    handoff_time: time = time(9, 0)
    overrides: tuple[Override, ...] = ()
    rotation: str = "default"
    defaults: tuple[str, ...] = ()
    """The settings that the file leaves out and that are therefore defaults, as `name: value`: said
    aloud by the tools.
    """

    @property
    def calendar(self) -> Calendar:
        """The ruler of its handoffs."""
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
    """A plain sentence: the week, the anchor and the handoff, or the override and its reason."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One person, or nobody, in one role for one unbroken stretch. Half-open, UTC, cut to the window
    that was asked for.
    """

    rotation: str
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
