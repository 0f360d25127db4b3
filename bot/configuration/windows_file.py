"""`windows` of `maintenance.yml`: when which alerts are kept quiet, once or regularly, in local time."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.configuration.document import Document, Path, quoted
from bot.configuration.fields import LongSpan, Refusal, Shape, Text, Zone, as_list, clock_of
from bot.matching import Matcher, read_matchers
from bot.silences import Window
from oncall.calendar import WEEKDAYS, read_instant

_DAYS = tuple(name.lower() for name in WEEKDAYS)
_MONTHLY = re.compile(r"\d{1,2}", re.ASCII)

Comes = tuple[int | None, int | None, time]
"""The day of the week, the day of the month, and the time."""


def matchers_of(value: object) -> tuple[Matcher, ...]:
    try:
        found, rest = read_matchers(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Refusal(f"{quoted(value)}: {error}") from None
    if not found or rest:
        raise Refusal(
            f'{quoted(value)} is not a matcher; write it like alertname=video_memory_high or instance=~"app-.*"'
        )
    return found


def _comes(value: object) -> Comes:
    """`02:00`, `sunday 02:00`, `1 02:00`."""
    *days, clock = value.split() if isinstance(value, str) and value.strip() else [""]
    day = days[0].lower() if len(days) == 1 else ""
    if not days:
        return None, None, clock_of(clock)
    if day in _DAYS:
        return _DAYS.index(day), None, clock_of(clock)
    if _MONTHLY.fullmatch(day) and 1 <= int(day) <= 31:
        return None, int(day), clock_of(clock)
    raise Refusal(
        f"{quoted(value)} does not come round; write it like “02:00”, “sunday 02:00” or “1 02:00”, its day of the month"
    )


Line = Annotated[tuple[Matcher, ...], BeforeValidator(matchers_of), WithJsonSchema({"type": "string"})]


class WindowShape(Shape):
    name: Text
    matchers: Annotated[list[Line], BeforeValidator(as_list)] = Field(min_length=1)
    reason: Text = ""
    at: Annotated[Comes, BeforeValidator(_comes), WithJsonSchema({"type": "string"})] | None = None
    length: LongSpan | None = Field(default=None, alias="for")
    start: Text | None = Field(default=None, alias="from")
    until: Text | None = None
    timezone: Zone | None = None


def windows_of(document: Document, shapes: list[WindowShape], timezone: str) -> tuple[Window, ...]:
    """The windows. `timezone` holds for those that name none. A window that is neither once nor regular is a fault of the
    document."""
    found = [_window(document, ("windows", place), each, timezone) for place, each in enumerate(shapes)]
    names = [each.name for each in shapes]
    for place, name in enumerate(names):
        if name in names[:place]:
            document.fault(("windows", place, "name"), f"there is another window {quoted(name)} above")
    return tuple(window for window in found if window is not None)


def _window(document: Document, path: Path, shape: WindowShape, timezone: str) -> Window | None:
    zone = shape.timezone or timezone
    matchers = tuple(each for line in shape.matchers for each in line)
    if shape.at is not None and shape.length is not None and shape.start is None and shape.until is None:
        weekday, day, at = shape.at
        return Window(
            name=shape.name,
            matchers=matchers,
            reason=shape.reason,
            span=shape.length,
            timezone=zone,
            at=at,
            weekday=weekday,
            day=day,
        )
    if shape.at is not None or shape.start is None or (shape.until is None) is (shape.length is None):
        document.fault(path, "a window has either `at` and `for`, which comes round, or `from` and `until`, once")
        return None
    start = _instant(document, (*path, "from"), shape.start, zone)
    until = _instant(document, (*path, "until"), shape.until, zone) if shape.until is not None else None
    if start is None or (shape.until is not None and until is None):
        return None
    span = until - start if until is not None else shape.length or timedelta(0)
    if span <= timedelta(0):
        document.fault((*path, "until"), "it would end before it begins")
        return None
    return Window(name=shape.name, matchers=matchers, reason=shape.reason, span=span, timezone=zone, once=start)


def _instant(document: Document, path: Path, text: str, zone: str) -> datetime | None:
    try:
        return read_instant(text, zone)
    except ValueError as error:
        document.fault(path, str(error))
        return None
