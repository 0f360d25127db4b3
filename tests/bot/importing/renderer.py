"""Renders PagerDuty's schedule a second time, slowly, from its own JSON: turn by turn, day by day, layer over layer.

It shares nothing with the import except how a local time becomes an instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from oncall.calendar import instant_of

JSON = dict[str, Any]
Piece = tuple[datetime, datetime, str]


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def rendered(schedule: JSON, since: datetime, until: datetime) -> list[JSON]:
    """`final_schedule.rendered_schedule_entries` of the window."""
    line: list[Piece] = []
    for layer in reversed(schedule["schedule_layers"]):  # the topmost stands first in the answer
        for piece in list(_served(layer, schedule["time_zone"], since, until)):
            line = _laid_over(line, piece)
    for override in schedule["overrides_subschedule"]["rendered_schedule_entries"]:
        begins, ends = (datetime.fromisoformat(override[end]) for end in ("start", "end"))
        line = _laid_over(line, (max(begins, since), min(ends, until), override["user"]["id"]))
    return [
        {
            "start": stamp(begins),
            "end": stamp(ends),
            "user": {"id": person, "type": "user_reference", "summary": person},
        }
        for begins, ends, person in sorted(line)
        if begins < ends
    ]


def _served(layer: JSON, zone: str, since: datetime, until: datetime) -> Iterator[Piece]:
    begins = max(since, datetime.fromisoformat(layer["start"]))
    ends = min(until, datetime.fromisoformat(layer["end"])) if layer["end"] else until
    users = [each["user"]["id"] for each in layer["users"]]
    for number, (one, other) in enumerate(_turns(layer, zone, ends)):
        for open_from, open_until in _open(layer, zone, one, other):
            piece = max(open_from, one, begins), min(open_until, other, ends)
            if piece[0] < piece[1]:
                yield (*piece, users[number % len(users)])


def _turns(layer: JSON, zone: str, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The turns of a layer: whole days by the local clock, hours by elapsed time."""
    length = timedelta(seconds=layer["rotation_turn_length_seconds"])
    first = datetime.fromisoformat(layer["rotation_virtual_start"])
    number, begins, by_time = 0, first.astimezone(UTC), bool(length % timedelta(days=1))
    while begins < ends:
        number += 1
        following = first.astimezone(UTC) + number * length if by_time else _on_the_wall(first, number * length, zone)
        yield begins, following
        begins = following


def _on_the_wall(first: datetime, after: timedelta, zone: str) -> datetime:
    wall = first.astimezone(ZoneInfo(zone))
    return instant_of(wall.date() + after, wall.time(), zone)


def _open(layer: JSON, zone: str, one: datetime, other: datetime) -> Iterator[tuple[datetime, datetime]]:
    if not layer["restrictions"]:
        yield one, other
        return
    day = one.astimezone(ZoneInfo(zone)).date() - timedelta(days=8)
    while day <= other.astimezone(ZoneInfo(zone)).date():
        for each in layer["restrictions"]:
            if each["type"] == "daily_restriction" or each["start_day_of_week"] == day.isoweekday():
                opens = datetime.combine(day, time.fromisoformat(each["start_time_of_day"]))
                shuts = opens + timedelta(seconds=each["duration_seconds"])
                yield instant_of(opens.date(), opens.time(), zone), instant_of(shuts.date(), shuts.time(), zone)
        day += timedelta(days=1)


def _laid_over(line: list[Piece], new: Piece) -> list[Piece]:
    since, until, _ = new
    if since >= until:
        return line
    kept = []
    for begins, ends, person in line:
        kept += [(begins, min(ends, since), person)] if begins < since else []
        kept += [(max(begins, until), ends, person)] if until < ends else []
    return [*kept, new]
