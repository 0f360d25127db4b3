"""How long a turn is, in hours, days or weeks, and which turns an `hours` leaves idle.

Days and weeks are the wall clock's, so a turn is counted on the wall; our files skip a turn that covers no hour, PagerDuty
and Opsgenie do not. `people_of` writes such a rotation out, one person for each turn that is served.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import lcm
from zoneinfo import ZoneInfo

from bot.importing.model import Layer, Turn, Unit
from bot.importing.node import Node
from bot.importing.week import DAY, WEEK, covers
from oncall.calendar import instant_of
from oncall.values import replace

MOST_PEOPLE = 120
"""A list of people longer than this is nothing that anybody could review."""
MINUTES = {"hours": 60, "days": DAY, "weeks": WEEK}


def turn_of(node: Node, key: str) -> Turn:
    """A length in seconds as PagerDuty gives it. Raises `Misread`."""
    value = node.whole(key, least=1)
    minutes, left = divmod(value, 60)
    turn = turn_in(minutes) if not left else None
    if turn is None:
        raise node.get(key).wrong(
            f"turns of {value:,} s have no counterpart here: they last whole hours, days or weeks"
        )
    return turn


def turn_in(minutes: int) -> Turn | None:
    """The turn of so many minutes in the largest unit, if it is whole hours."""
    units: tuple[Unit, ...] = ("weeks", "days", "hours")
    for unit in units:
        if minutes and not minutes % MINUTES[unit]:
            return Turn(minutes // MINUTES[unit], unit)
    return None


def minutes_of(turn: Turn) -> int:
    return turn.count * MINUTES[turn.unit]


def minute_of_week(wall: datetime) -> int:
    return wall.weekday() * DAY + wall.hour * 60 + wall.minute


def people_of(layer: Layer) -> tuple[str, ...] | None:
    """One name for each turn that our files count, as a list that repeats; `None` if it would be too long."""
    if layer.skips_idle or not layer.hours or len(set(layer.people)) < 2:
        return layer.people
    length, begins = minutes_of(layer.turn), minute_of_week(layer.anchor)
    turns = lcm(length * len(layer.people), WEEK) // length
    if turns > MOST_PEOPLE * 100:
        return None
    served = [covers(layer.hours, begins + turn * length, length) for turn in range(turns)]
    if all(served):
        return layer.people
    found = _shortest([layer.people[turn % len(layer.people)] for turn in range(turns) if served[turn]])
    return found if len(found) <= MOST_PEOPLE else None


def begun(layer: Layer, at: datetime) -> Layer:
    """The layer counted from the last turn that had begun at `at` (UTC): the same people in the same turns."""
    length = timedelta(minutes=minutes_of(layer.turn))
    passed = (
        _ruler(layer, at) - _ruler(layer, instant_of(layer.anchor.date(), layer.anchor.time(), layer.timezone))
    ) // length
    if passed <= 0 or not layer.people:
        return layer
    first = passed % len(layer.people)
    people = (*layer.people[first:], *layer.people[:first])
    return replace(layer, anchor=_turn_begins(layer, passed * length), people=people)


def _ruler(layer: Layer, at: datetime) -> datetime:
    """What turns are counted on: elapsed time for hours, the wall for days and weeks."""
    return at if layer.turn.unit == "hours" else wall(at, layer.timezone)


def _turn_begins(layer: Layer, after: timedelta) -> datetime:
    if layer.turn.unit != "hours":
        return layer.anchor + after
    return wall(instant_of(layer.anchor.date(), layer.anchor.time(), layer.timezone) + after, layer.timezone)


def wall(at: datetime, timezone: str) -> datetime:
    """What the clock on the wall shows, without a zone."""
    return at.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def _shortest(people: list[str]) -> tuple[str, ...]:
    """The shortest list that repeats to this one."""
    for size in range(1, len(people) + 1):
        if not len(people) % size and all(person == people[at % size] for at, person in enumerate(people)):
            return tuple(people[:size])
    return tuple(people)
