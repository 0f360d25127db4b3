"""The hours of the week in which a rotation serves: "monday-friday 18:00-08:00" in, stretches of UTC out.

A window *begins* on the days it names and may reach across midnight and the end of the week. Times are local and read like a
handoff's (`oncall.calendar`). Refuses to know who serves in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from oncall.calendar import WEEK, WEEKDAYS, instant_of
from oncall.values import dataclass
from oncall.words import did_you_mean

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
_NAMES = [name.lower() for name in WEEKDAYS]
_CLOCK = r"([01]?\d|2[0-4]):([0-5]\d)"
_ON_DAYS = re.compile(rf"(.+?)(?:\s+{_CLOCK}\s*-\s*{_CLOCK})?", re.ASCII)
_ACROSS = re.compile(rf"(\w+)\s+{_CLOCK}\s*-\s*(\w+)\s+{_CLOCK}", re.ASCII)
_LIKE = "write it like “monday-friday 18:00-08:00”, “saturday, sunday” or “friday 18:00-monday 08:00”"

Span = tuple[int, int]
"""From and until, in minutes of the local week from Monday 00:00; `until` may lie in the week after."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Windows that come back every week, in order; none touches another."""

    spans: tuple[Span, ...]
    text: str
    """As the file writes them."""

    def windows(self, start: datetime, until: datetime, timezone: str) -> Iterator[tuple[datetime, datetime]]:
        """The windows within [start, until), UTC, in order. A window of which a clock change leaves nothing is left out."""
        day, last = (edge.astimezone(ZoneInfo(timezone)).date() for edge in (start, until))
        monday = day - timedelta(days=day.weekday()) - WEEK
        while monday <= last:
            for since, end in _week(self.spans, monday, timezone):
                if since >= until:
                    return
                if start < end:
                    yield (max(start, since)), (min(until, end))
            monday += WEEK

    def touch(self, begins: int, length: int) -> bool:
        """Whether a stretch of local time, given in minutes from some Monday 00:00, overlaps any of the windows."""
        begins %= WEEK_MINUTES
        weeks = range(-WEEK_MINUTES, begins + length + WEEK_MINUTES, WEEK_MINUTES)
        return any(
            week + one < begins + length and begins < week + other for week in weeks for one, other in self.spans
        )


@lru_cache(maxsize=16_384)
def _week(spans: tuple[Span, ...], monday: date, timezone: str) -> list[tuple[datetime, datetime]]:
    """The windows that begin in this week, in order; windows that a clock change makes overlap are joined."""
    found: list[tuple[datetime, datetime]] = []
    for since, end in sorted(
        (instant_of(monday + one, opens, timezone), instant_of(monday + other, closes, timezone))
        for (one, opens), (other, closes) in (map(_mark, span) for span in spans)
    ):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        elif since < end:
            found.append((since, end))
    return found


def _mark(minute: int) -> tuple[timedelta, time]:
    """A minute of the week as days after Monday and a time of the day."""
    days, rest = divmod(minute, DAY_MINUTES)
    return timedelta(days=days), time(*divmod(rest, 60))


def read_hours(texts: Iterable[str]) -> Hours | None:
    """The hours that the lines name together; `None` if that is the whole week. Raises `ValueError` with a sentence."""
    texts = [text.strip() for text in texts]
    spans = joined(span for text in texts for span in read_line(text))
    return None if spans == ((0, WEEK_MINUTES),) else Hours(spans, ", ".join(texts))


def read_line(text: str) -> list[Span]:
    """The windows that one line names. Raises `ValueError` with a sentence for the person."""
    plain = text.strip().lower().replace("–", "-")
    if across := _ACROSS.fullmatch(plain):
        first, last = _day(across[1]), _day(across[4])
        begins, ends = _minute(text, across[2], across[3]), _minute(text, across[5], across[6])
        return [_span(first * DAY_MINUTES + begins, (last - first) % 7 * DAY_MINUTES + ends - begins, WEEK_MINUTES)]
    on = _ON_DAYS.fullmatch(plain)
    if on is None or any(sign.isdigit() for sign in on[1]):
        raise ValueError(f"“{text}” is not a set of weekly hours; {_LIKE}")
    begins, ends = (_minute(text, on[2], on[3]), _minute(text, on[4], on[5])) if on[2] else (0, DAY_MINUTES)
    return [_span(day * DAY_MINUTES + begins, ends - begins, DAY_MINUTES) for day in _days(on[1])]


def _span(begins: int, length: int, period: int) -> Span:
    """The span of that length; an end at or before the beginning means the next day, or week."""
    return begins, begins + length + (period if length <= 0 else 0)


def _minute(text: str, hour: str, minute: str) -> int:
    found = int(hour) * 60 + int(minute)
    if found > DAY_MINUTES:
        raise ValueError(f"“{text}” names {hour}:{minute}, which no clock shows; a day ends at 24:00")
    return found


def _days(text: str) -> Iterator[int]:
    if text == "daily":
        yield from range(7)
        return
    for part in re.split(r"\s*,\s*", text):
        first, _, last = (word.strip() for word in part.partition("-"))
        begins = _day(first)
        yield from ((begins + step) % 7 for step in range((_day(last) - begins) % 7 + 1 if last else 1))


def _day(word: str) -> int:
    for number, name in enumerate(_NAMES):
        if word in (name, name[:3]):
            return number
    guess = did_you_mean(word, _NAMES)
    raise ValueError(f"“{word}” is not a weekday{guess} (monday to sunday, or daily); {_LIKE}")


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in as few spans as possible, in order; the last may reach past the end of the week."""
    found: list[Span] = []
    for begins, ends in sorted(piece for span in spans for piece in _within_the_week(span)):
        if found and begins <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends)
        else:
            found.append((begins, ends))
    if len(found) > 1 and found[0][0] == 0 and found[-1][1] == WEEK_MINUTES:
        (_, over), *found = found
        found[-1] = found[-1][0], WEEK_MINUTES + over
    return tuple(found)


def _within_the_week(span: Span) -> list[Span]:
    begins, ends = span[0] % WEEK_MINUTES, span[0] % WEEK_MINUTES + span[1] - span[0]
    if ends <= WEEK_MINUTES:
        return [(begins, ends)]
    return [(begins, WEEK_MINUTES), (0, min(ends - WEEK_MINUTES, begins))]
