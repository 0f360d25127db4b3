"""When the handoffs are: local wall-clock rules in, UTC instants out.

The only module that knows what a time zone does around a clock change. It refuses to know who is on call,
and it refuses naive datetimes. A local time that occurs twice means the first occurrence; one that does not
exist is read by the offset before the gap (RFC 5545, section 3.3.5): both are what `fold=0` means in PEP
495.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

from oncall.values import dataclass

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK = timedelta(weeks=1)
YEARS = range(1900, 3000)
"""The years that `read_instant` takes: beyond them a search around an instant would leave the range of `datetime`."""


def utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises `ValueError` for a naive one, which could mean any instant of a day."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant.astimezone(UTC)


@lru_cache(maxsize=16_384)
def instant_of(day: date, at: time, timezone: str) -> datetime:
    """The UTC instant of a local date and time. Raises `ZoneInfoNotFoundError` for an unknown zone."""
    return datetime.combine(day, at.replace(fold=0), ZoneInfo(timezone)).astimezone(UTC)


def local(instant: datetime, timezone: str, form: str = "%a %Y-%m-%d %H:%M %Z") -> str:
    """The instant as people in that zone write it."""
    return instant.astimezone(ZoneInfo(timezone)).strftime(form)


def read_instant(text: str, timezone: str) -> datetime:
    """Reads ISO 8601 as UTC; a text without an offset is read in `timezone`. Raises `ValueError` with a sentence for the person."""
    try:
        written = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"“{text}” is not a date or time; write it like 2026-11-30T09:00, 2026-11-30T09:00Z or 2026-11-30"
        ) from None
    if written.year not in YEARS:
        raise ValueError(f"“{text}” is not between the years {YEARS[0]} and {YEARS[-1]}")
    return utc(written) if written.tzinfo else instant_of(written.date(), written.time(), timezone)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Turns of whole days (weeks by default), numbered from 0 at `starts`. They are counted in local days, so a clock change does
    not move the local time of a handoff."""

    starts: date
    handoff: time
    timezone: str
    days: int = 7

    def instant(self, slot: int) -> datetime:
        """When turn `slot` begins, UTC. Negative turns lie before the first and are only marks: nobody serves in them."""
        return instant_of(self.starts + timedelta(days=self.days * slot), self.handoff, self.timezone)

    def slot(self, at: datetime) -> int:
        """The number of the turn in which `at` lies; negative before the first."""
        guess = (at - self.instant(0)) // timedelta(days=self.days)
        while self.instant(guess) > at:
            guess -= 1
        while self.instant(guess + 1) <= at:
            guess += 1
        return guess


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Turns of a number of hours, counted by elapsed time, so that clock changes do not matter."""

    first: datetime
    length: timedelta

    def instant(self, slot: int) -> datetime:
        """When turn `slot` begins, as for a `Calendar`."""
        return self.first + slot * self.length

    def slot(self, at: datetime) -> int:
        """The number of the turn in which `at` lies, as for a `Calendar`."""
        return (at - self.first) // self.length


Ruler = Calendar | Elapsed
"""Numbers turns that follow each other without a hole."""


def after(ruler: Ruler, at: datetime) -> Iterator[datetime]:
    """The handoffs later than `at`, beginning with the first turn's, without end."""
    return map(ruler.instant, count(max(ruler.slot(at) + 1, 0)))
