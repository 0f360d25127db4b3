"""Turns a rule of local time into the next instant in UTC. Pure.

Counted in local days, so that a clock change does not move a local time. A local time that occurs twice means the first; one that
does not exist is read by the offset before the gap (`oncall.calendar`). It never comes twice on one local day, whatever the zone
does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from oncall.calendar import WEEKDAYS, instant_of
from oncall.values import dataclass

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at a time."""

    at: time

    def on(self, day: date) -> bool:
        return True

    def __str__(self) -> str:
        return f"every day {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Weekly:
    """One day of the week, 0 being Monday."""

    weekday: int
    at: time

    def on(self, day: date) -> bool:
        return day.weekday() == self.weekday

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]}s {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Monthly:
    """One day of the month, from 1; in a month without that day, its last one."""

    day: int
    at: time

    def on(self, day: date) -> bool:
        last = (day + DAY).month != day.month
        return day.day == self.day or (last and day.day < self.day)

    def __str__(self) -> str:
        return f"day {self.day} of the month {self.at:%H:%M}"


Rule = Daily | Weekly | Monthly


def next_time(rule: Rule, timezone: str, at: datetime, last: datetime | None = None) -> datetime:
    """When it comes round next, UTC: after `last`, on a later local day than that; if it never came round, after `at`.

    So a time that was missed lies before `at`.
    """
    zone = ZoneInfo(timezone)
    if last is not None:
        return instant_of(next(_days(rule, last.astimezone(zone).date() + DAY)), rule.at, timezone)
    times = (instant_of(day, rule.at, timezone) for day in _days(rule, at.astimezone(zone).date()))
    return next(instant for instant in times if instant > at)


def latest_passed(rule: Rule, timezone: str, due: datetime, at: datetime) -> datetime:
    """Of the times from `due` on, the last that has passed at `at`: the earlier ones were missed, and are done with it."""
    days = _days(rule, due.astimezone(ZoneInfo(timezone)).date())
    passed = takewhile(lambda instant: instant <= at, (instant_of(day, rule.at, timezone) for day in days))
    return max([due, *passed])


def _days(rule: Rule, first: date) -> Iterator[date]:
    """The days of a rule from that one on, without end."""
    day = first
    while True:
        if rule.on(day):
            yield day
        day += DAY
