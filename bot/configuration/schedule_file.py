"""`oncall_schedule.yml`: the document's own shape, `week_1: {primary: …, secondary: …}`, and a few optional keys.

What makes a rota good is `oncall.schedule.problems`' to say; here its sentences get their places.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.configuration.document import Document, quoted
from bot.configuration.fields import Day, Email, Handoff, Shape, Text
from bot.configuration.shapes import checked
from oncall.calendar import read_instant
from oncall.schedule import Override, Schedule, Week, problems

WEEK = r"week_([1-9]\d{0,3})"
"""How a week is called."""
_WEEK = re.compile(WEEK, re.ASCII)
_PLACED_SINGLY = 100
"""Up to so many overrides each gets its own place; finding it takes time that grows with their cube."""


class WeekShape(Shape):
    primary: Email | None = None
    secondary: Email | None = None


class OverrideShape(Shape):
    role: Text
    person: Email
    start: Text = Field(alias="from")
    until: Text
    reason: str = ""


class ScheduleShape(Shape):
    timezone: Text = "UTC"
    starts: Day = date(2024, 1, 1)
    handoff: Handoff = (0, time(9, 0))
    overrides: list[OverrideShape] = Field(default_factory=list)


def read_schedule(document: Document) -> Schedule:
    """The rota. With faults it is what could be read, so that everything else in the file is looked at as well."""
    data, before = document.data or {}, len(document.faults)
    weeks = _weeks(document, data)
    weeks_are_good = len(document.faults) == before
    rest = {key: value for key, value in data.items() if not key.lower().startswith("week")}
    shape = checked(ScheduleShape, document, rest) or ScheduleShape()
    schedule = Schedule(
        weeks=tuple(sorted(weeks, key=lambda week: week.number)),
        timezone=shape.timezone,
        starts=shape.starts,
        handoff_weekday=shape.handoff[0],
        handoff_time=shape.handoff[1],
        overrides=tuple(_overrides(document, shape)),
        defaults=_defaults(shape),
    )
    if weeks_are_good:
        _place_problems(document, schedule)
    return schedule


def _weeks(document: Document, data: dict[str, Any]) -> list[Week]:
    found = []
    for key, value in data.items():
        number = _WEEK.fullmatch(key)
        if number:
            week = checked(WeekShape, document, value, (key,))
            found.append(Week(int(number[1]), week.primary if week else None, week.secondary if week else None))
        elif key.lower().startswith("week"):
            document.fault_at_key((key,), f"{quoted(key)} is no week; they are called week_1, week_2 and so on")
    return found


def _overrides(document: Document, shape: ScheduleShape) -> list[Override]:
    zone = shape.timezone if _known(shape.timezone) else "UTC"
    found = []
    for index, each in enumerate(shape.overrides):
        start = _instant(document, ("overrides", index, "from"), each.start, zone)
        until = _instant(document, ("overrides", index, "until"), each.until, zone)
        if start and until:
            found.append(Override(each.role, each.person, start, until, each.reason))
    # Each is known by its place, so either all of them count or none does.
    return found if len(found) == len(shape.overrides) else []


def _known(timezone: str) -> bool:
    try:
        ZoneInfo(timezone)
    except (LookupError, ValueError, OSError):
        return False
    return True


def _instant(document: Document, path: tuple[str | int, ...], text: str, zone: str) -> datetime | None:
    try:
        return read_instant(text, zone)
    except (ValueError, OverflowError) as error:
        document.fault(path, str(error))
        return None


def _defaults(shape: ScheduleShape) -> tuple[str, ...]:
    plain = Schedule(weeks=())
    values = {"timezone": plain.timezone, "starts": plain.starts, "handoff": "monday 09:00"}
    return tuple(f"{name}: {value}" for name, value in values.items() if name not in shape.model_fields_set)


def _place_problems(document: Document, schedule: Schedule) -> None:
    """Each problem where it stands. An override has a problem of its own if the problem comes with it."""
    if not (everything := problems(schedule)):
        return
    base = problems(replace(schedule, overrides=()))
    for text in base:
        document.fault(_path(document, text), _without_place(text))
    said, count = set(base), len(schedule.overrides)
    for index in range(count if count <= _PLACED_SINGLY else 0):
        for text in problems(replace(schedule, overrides=schedule.overrides[: index + 1])):
            if text not in said:
                said.add(text)
                document.fault(("overrides", index), _without_place(text))
    for text, _ in groupby(text for text in everything if text not in said):
        document.fault(("overrides",), _without_place(text))


def _path(document: Document, text: str) -> tuple[str, ...]:
    name = text.split(":", 1)[0]
    if name == "weeks":
        return next(((key,) for key in document.data or {} if _WEEK.fullmatch(key)), ())
    return (name,)


def _without_place(text: str) -> str:
    return text.removeprefix("overrides: ")
