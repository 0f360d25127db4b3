"""`oncall_schedule.yml`: the document's own shape, `week_1: {primary: …, secondary: …}`, and a few optional keys.

Whether a rota is sound is checked in `oncall.rota_problems`; here its sentences get their places in the file. What cannot be read
is left out, so that the rest of the file is checked as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.configuration.document import Document, Path, quoted
from bot.configuration.fields import Day, Email, Handoff, Refusal, Shape, Text, Zone, as_list
from bot.configuration.shapes import S, checked
from oncall.calendar import YEARS, read_instant
from oncall.hours import read_hours, read_line
from oncall.rota_problems import known_zone, placed_problems
from oncall.schedule import ROLES, Every, Member, Override, Rotation, Schedule, Week
from oncall.words import did_you_mean

WEEK = r"week_([1-9]\d{0,3})"
"""The form of a week's key."""
_WEEK = re.compile(WEEK, re.ASCII)
_EVERY = re.compile(r"([1-9]\d{0,3})([hdw])", re.ASCII)
_LONGEST = {"hours": 366 * 24, "days": 366, "weeks": 52}


def _every(value: object) -> Every:
    found = _EVERY.fullmatch(str(value).strip())
    if found is None:
        raise Refusal(f"{quoted(value)} is not a turn length; write it like 12h, 1d or 2w (hours, days or weeks)")
    unit = next(unit for unit in ("hours", "days", "weeks") if unit[0] == found[2])
    if int(found[1]) > _LONGEST[unit]:
        raise Refusal(f"{quoted(value)} is longer than a year")
    return Every(int(found[1]), unit)  # type: ignore[arg-type]


def _starts(value: object) -> datetime | date:
    text = value.strip() if isinstance(value, str) else str(value)
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-01-05") else datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(
            f"{quoted(text)} is not a time to begin at; write it like 2026-01-05T18:00 or 2026-01-05"
        ) from None
    if found.year not in YEARS:
        raise Refusal(f"{quoted(text)} is not between the years {YEARS[0]} and {YEARS[-1]}")
    return found


def _line(value: object) -> str:
    try:
        read_line(str(value))
    except ValueError as error:
        raise Refusal(str(error)) from None
    return str(value)


def _role(value: object) -> str:
    if value not in ROLES:
        raise Refusal(
            f"there is no role {quoted(value)}{did_you_mean(str(value), ROLES)} (the roles are {', '.join(ROLES)})"
        )
    return str(value)


def _when(value: object) -> str:
    """Checked here so that it is reported with the item's other faults; which instant it means depends on the zone."""
    try:
        read_instant(str(value), "UTC")
    except (ValueError, OverflowError) as error:
        raise Refusal(str(error)) from None
    return str(value)


Role = Annotated[str, BeforeValidator(_role)]
When = Annotated[str, BeforeValidator(_when)]


def _member(value: object) -> object:
    return {"person": value} if isinstance(value, str) else value


class WeekShape(Shape):
    primary: Email | None = None
    secondary: Email | None = None


class OverrideShape(Shape):
    role: Role
    person: Email
    start: When = Field(alias="from")
    until: When
    reason: str = ""


class MemberShape(Shape):
    person: Email
    start: When | None = Field(default=None, alias="from")
    until: When | None = None


class RotationShape(Shape):
    name: Text
    role: Role
    people: Annotated[
        list[Annotated[MemberShape, BeforeValidator(_member), WithJsonSchema({"type": ["string", "object"]})]],
        Field(min_length=1),
    ]
    every: Annotated[Every, BeforeValidator(_every), WithJsonSchema({"type": "string"})] = Every(1, "weeks")
    starts: Annotated[datetime | date | None, BeforeValidator(_starts), WithJsonSchema({"type": "string"})] = None
    timezone: Zone | None = None
    hours: (
        Annotated[list[Annotated[str, BeforeValidator(_line)]], BeforeValidator(as_list), Field(min_length=1)] | None
    ) = None


class ScheduleShape(Shape):
    timezone: Text = "UTC"
    starts: Day = date(2024, 1, 1)
    handoff: Handoff = (0, time(9, 0))
    rotations: list[RotationShape] = Field(default_factory=list)
    overrides: list[OverrideShape] = Field(default_factory=list)


def read_schedule(document: Document) -> Schedule:
    """The rota; if the file has faults, as much of it as could be read."""
    data, before = document.data or {}, len(document.faults)
    weeks = _weeks(document, data)
    weeks_are_good = len(document.faults) == before
    shape = _rest(document, {key: value for key, value in data.items() if not key.lower().startswith("week")})
    rotations = dict(_rotations(document, shape, data.get("rotations")))
    overrides = dict(_overrides(document, shape, data.get("overrides")))
    schedule = Schedule(
        weeks=tuple(sorted(weeks, key=lambda week: week.number)) if weeks_are_good else (),
        timezone=shape.timezone,
        starts=shape.starts,
        handoff_weekday=shape.handoff[0],
        handoff_time=shape.handoff[1],
        overrides=tuple(overrides.values()),
        rotations=tuple(rotations.values()),
        defaults=(*_defaults(shape), *_defaults_of_rotations(data.get("rotations"), rotations)),
    )
    places: dict[str, list[int]] = {"rotations": list(rotations), "overrides": list(overrides)}
    for place, text in placed_problems(schedule):
        if weeks_are_good or place != ("weeks",):
            document.fault(_path(document, place, places), f"{place[0]}: {text}" if len(place) == 1 else text)
    return schedule


def people_named(document: Document) -> Iterator[tuple[Path, str]]:
    """The people whom the file names, and where; also next to parts that cannot be read."""
    data = document.data or {}
    for key in filter(_WEEK.fullmatch, data):
        yield from _named((key,), data[key], "primary", "secondary")
    for index, override in enumerate(_listed(data.get("overrides"))):
        yield from _named(("overrides", index), override, "person")
    for index, rotation in enumerate(_listed(data.get("rotations"))):
        for place, member in enumerate(_listed(rotation.get("people")) if isinstance(rotation, dict) else []):
            path = ("rotations", index, "people", place)
            yield from [(path, member)] if isinstance(member, str) else _named(path, member, "person")


def _named(path: Path, around: object, *keys: str) -> Iterator[tuple[Path, str]]:
    if isinstance(around, dict):
        yield from (((*path, key), around[key]) for key in keys if isinstance(around.get(key), str))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _rest(document: Document, data: dict[str, Any]) -> ScheduleShape:
    """Reads each key by itself, and later each item of the lists: a bad one does not hide the others."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        plain = isinstance(value, list) and key in ("rotations", "overrides")
        alone = ScheduleShape() if plain else checked(ScheduleShape, document, {key: value})
        if alone is not None:
            found[key] = getattr(alone, key, None)
    return ScheduleShape.model_construct(**{**ScheduleShape().model_dump(), **found}, _fields_set=set(found))


def _items(document: Document, shape: type[S], key: str, values: object) -> Iterator[tuple[int, S]]:
    """The items that can be read, by their place in the list."""
    for index, value in enumerate(_listed(values)):
        item = checked(shape, document, value, (key, index))
        if item is not None:
            yield index, item


def _weeks(document: Document, data: dict[str, Any]) -> list[Week]:
    found = []
    for key, value in data.items():
        number = _WEEK.fullmatch(key)
        if number:
            week = checked(WeekShape, document, value, (key,))
            found.append(Week(int(number[1]), week.primary if week else None, week.secondary if week else None))
        elif key.lower().startswith("week"):
            document.fault_at_key((key,), f"{quoted(key)} is not a week; they are called week_1, week_2 and so on")
    return found


def _rotations(document: Document, around: ScheduleShape, values: object) -> Iterator[tuple[int, Rotation]]:
    for index, each in _items(document, RotationShape, "rotations", values):
        timezone = each.timezone or around.timezone
        zone = timezone if known_zone(timezone) else "UTC"
        yield (
            index,
            Rotation(
                name=each.name,
                role=each.role,
                people=tuple(Member(m.person, _instant(m.start, zone), _instant(m.until, zone)) for m in each.people),
                every=each.every,
                starts=_on_the_wall(each.starts or around.starts, around.handoff[1], zone),
                timezone=timezone,
                hours=read_hours(each.hours) if each.hours else None,
            ),
        )


def _on_the_wall(starts: datetime | date, handoff: time, zone: str) -> datetime:
    """A date without a time begins at the file's handoff time."""
    if not isinstance(starts, datetime):
        return datetime.combine(starts, handoff)
    return starts.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if starts.tzinfo else starts


def _overrides(document: Document, around: ScheduleShape, values: object) -> Iterator[tuple[int, Override]]:
    zone = around.timezone if known_zone(around.timezone) else "UTC"
    for index, each in _items(document, OverrideShape, "overrides", values):
        start, until = read_instant(each.start, zone), read_instant(each.until, zone)
        yield index, Override(each.role, each.person, start, until, each.reason)


def _instant(text: str | None, zone: str) -> datetime | None:
    return read_instant(text, zone) if text is not None else None


def _defaults(shape: ScheduleShape) -> tuple[str, ...]:
    plain = Schedule(weeks=())
    values = {"timezone": plain.timezone, "starts": plain.starts, "handoff": "monday 09:00"}
    return tuple(f"{name}: {value}" for name, value in values.items() if name not in shape.model_fields_set)


def _defaults_of_rotations(values: object, rotations: dict[int, Rotation]) -> Iterator[str]:
    """The settings that each rotation leaves out; the file's own time zone is not mentioned."""
    written = _listed(values)
    for index, rotation in rotations.items():
        if "every" not in written[index]:
            yield f"{rotation.name}: {rotation.every}"
        if "starts" not in written[index]:
            yield f"{rotation.name}: starts {rotation.starts:%Y-%m-%d %H:%M}"


def _path(document: Document, place: Path, places: dict[str, list[int]]) -> Path:
    if place == ("weeks",):
        return next(((key,) for key in document.data or {} if _WEEK.fullmatch(key)), ())
    if len(place) > 1:
        name, index, *rest = place
        return (name, places[str(name)][int(index)], *rest)
    return place
