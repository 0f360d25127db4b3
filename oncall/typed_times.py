"""Instants as people type them in chat: `now`, `18:00`, `friday 18:00`, `2026-12-24`, `4h`. Pure; `now` is given.

A day without a time means its beginning, as in the schedule's file. A time of the day, or a day of the week, means the next one.
Refuses to guess: anything else raises `ValueError` with a sentence for the person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.calendar import WEEKDAYS, instant_of, read_instant

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_SPAN = re.compile(r"(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,4})m(?:in)?)?", re.ASCII)
_FILLERS = frozenset({"from", "until", "till", "to", "for", "at", "on", "-", "–", "—"})
_DAY = timedelta(days=1)
_DAYS = re.compile(r"(\d{1,3}) ?(d|w)(?:ays?|eeks?)?", re.ASCII)

Read = tuple[datetime, Sequence[str]]
"""The instant, and the words after it."""


def read_window(words: Sequence[str], now: datetime, timezone: str) -> tuple[datetime, datetime, Sequence[str]]:
    """Reads FROM and UNTIL, and gives the words after them; a length of time alone begins now. Raises `ValueError`."""
    rest = _without_fillers(words)
    if rest and (span := span_in(rest[0])) is not None:
        return now, now + span, rest[1:]
    start, rest = _moment(rest, now, timezone)
    rest = _without_fillers(rest)
    if rest and (span := span_in(rest[0])) is not None:
        return start, start + span, rest[1:]
    until, rest = _moment(rest, max(start, now), timezone)
    if until <= start:
        raise ValueError(f"it would end ({until:%Y-%m-%d %H:%M} UTC) before it begins ({start:%Y-%m-%d %H:%M} UTC)")
    return start, until, rest


def read_day(text: str, now: datetime, timezone: str) -> datetime | None:
    """The beginning of a day: `today`, `tomorrow`, `friday`, `next friday`, `2026-12-24`, `3d`, `2w`; `None` for anything else."""
    today, word = now.astimezone(ZoneInfo(timezone)).date(), text.strip().lower()
    if word in ("today", "tomorrow"):
        return instant_of(today if word == "today" else today + _DAY, time(), timezone)
    if found := _DAYS.fullmatch(word):
        return instant_of(today + int(found[1]) * (7 if found[2] == "w" else 1) * _DAY, time(), timezone)
    if (weekday := _weekday(word.removeprefix("next "))) is not None:
        return instant_of(today + ((weekday - today.weekday() - 1) % 7 + 1) * _DAY, time(), timezone)
    try:
        return instant_of(date.fromisoformat(word), time(), timezone) if len(word) == len("2026-12-24") else None
    except (ValueError, OverflowError):
        return None


def span_in(word: str) -> timedelta | None:
    """`30m`, `4h`, `2d`, `1d12h`; `None` for anything else."""
    found = _SPAN.fullmatch(word.lower())
    if found is None or not word:
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes) or None


def _without_fillers(words: Sequence[str]) -> Sequence[str]:
    skipped = next((place for place, word in enumerate(words) if word.lower() not in _FILLERS), len(words))
    return words[skipped:]


def _moment(words: Sequence[str], now: datetime, timezone: str) -> Read:
    if not words:
        raise ValueError(
            "from when, and until when? Write it like `now 4h`, `friday 18:00 monday 09:00` or `2026-12-24 2027-01-02`"
        )
    first, rest = words[0].lower().rstrip(","), words[1:]
    if first == "now":
        return now, rest
    today = now.astimezone(ZoneInfo(timezone)).date()
    if clock := _CLOCK.fullmatch(first):
        at = instant_of(today, _time(clock), timezone)
        return (at if at >= now else instant_of(today + _DAY, _time(clock), timezone)), rest
    if first in ("today", "tomorrow"):
        return _on(today if first == "today" else today + _DAY, rest, timezone)
    if (weekday := _weekday(first)) is not None:
        return _next(weekday, today, rest, now, timezone)
    at = read_instant(words[0], timezone)
    return _on(date.fromisoformat(first), rest, timezone) if len(first) == len("2026-12-24") else (at, rest)


def _next(weekday: int, today: date, rest: Sequence[str], now: datetime, timezone: str) -> Read:
    day = today + (weekday - today.weekday()) % 7 * _DAY
    at, behind = _on(day, rest, timezone)
    return (at, behind) if at > now else _on(day + 7 * _DAY, rest, timezone)


def _on(day: date, rest: Sequence[str], timezone: str) -> Read:
    """A day, at the time that follows it in the words, if one does."""
    clock = _CLOCK.fullmatch(rest[0]) if rest else None
    return (instant_of(day, _time(clock), timezone), rest[1:]) if clock else (instant_of(day, time(), timezone), rest)


def _time(clock: re.Match[str]) -> time:
    return time(int(clock[1]), int(clock[2]))


def _weekday(word: str) -> int | None:
    """The number of a day of the week: `mon`, `monday`; three letters are enough."""
    if len(word) < 3:
        return None
    return next((place for place, name in enumerate(WEEKDAYS) if name.lower().startswith(word)), None)
