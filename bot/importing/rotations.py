"""Layers as `rotations:` of our file: the same people in the same turns and hours.

What they serve is the same from `relevant` on: the export's rendered schedule or now, whichever is earlier. What ended before
that is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.importing.lines import Line
from bot.importing.model import Export, Layer, Stretch, Turn, merged
from bot.importing.turns import begun, minute_of_week, minutes_of, people_of, wall
from bot.importing.week import covers, is_whole, written
from oncall.calendar import instant_of
from oncall.values import dataclass, replace

_LETTERS = {"hours": "h", "days": "d", "weeks": "w"}


@dataclass(frozen=True, slots=True)
class Rotation:
    """One item of `rotations:`, in the words of the file."""

    name: str
    role: str
    people: tuple[str, ...]
    every: str
    starts: datetime
    """Wall clock."""
    timezone: str
    hours: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """One item of `overrides:`."""

    role: str
    stretch: Stretch


def rotations_of(lines: Sequence[Line], export: Export, relevant: datetime) -> list[Rotation]:
    """Every layer that still serves, in the order in which a later one wins."""
    found: list[Rotation] = []
    for line in lines:
        for layer in line.layers:
            what = f"“{layer.name}” of “{line.plan.name}”"
            if layer.until is not None and layer.until <= relevant:
                export.leave(what, f"it ended {layer.until:%Y-%m-%d}")
            elif not layer.people:
                export.leave(what, "nobody is in it")
            elif (rotation := _rotation(layer, line.role, relevant)) is None:
                export.leave(what, "its turns and hours meet in a pattern too long to be written as a list of people")
            else:
                found.append(rotation)
    return _named_apart(found)


def overrides_of(lines: Sequence[Line], relevant: datetime) -> list[Override]:
    """The overrides that are not over, cut where two of a role overlap."""
    found: list[Override] = []
    for line in lines:
        ids = {layer.id for layer in line.layers}
        mine = [
            each for each in line.plan.overrides if each.until > relevant and (not each.layers or each.layers & ids)
        ]
        found += [Override(line.role, each) for each in merged(mine) if each.since < each.until]
    return found


def _rotation(layer: Layer, role: str, relevant: datetime) -> Rotation | None:
    anchor = instant_of(layer.anchor.date(), layer.anchor.time(), layer.timezone)
    since = max(anchor, layer.since) if layer.since else anchor
    moved = begun(layer, since)
    exact = instant_of(moved.anchor.date(), moved.anchor.time(), moved.timezone) == since
    if not exact and since > relevant:
        moved = _idle_till_its_end(moved, since)
    people = people_of(moved)
    if people is None:
        return None
    return Rotation(
        name=layer.name,
        role=role,
        people=people,
        every=_every(moved.turn),
        starts=moved.anchor,
        timezone=moved.timezone,
        hours=() if not moved.hours or is_whole(moved.hours) else tuple(written(moved.hours)),
        since=None if exact or since <= relevant else since,
        until=layer.until,
    )


def _idle_till_its_end(layer: Layer, since: datetime) -> Layer:
    """Where the turn in which a layer begins has no hour left, the next person's turn is the first that is served."""
    shown = wall(since, layer.timezone)
    left = minutes_of(layer.turn) - int((shown - layer.anchor) / timedelta(minutes=1))
    if not layer.hours or covers(layer.hours, minute_of_week(shown), left):
        return layer
    following = layer.anchor + timedelta(minutes=minutes_of(layer.turn))
    return replace(layer, anchor=following, people=(*layer.people[1:], layer.people[0]))


def _every(turn: Turn) -> str:
    return f"{turn.count}{_LETTERS[turn.unit]}"


def _named_apart(rotations: Sequence[Rotation]) -> list[Rotation]:
    """A name that two have gets a number behind it."""
    seen: dict[str, int] = {}
    found = []
    for each in rotations:
        seen[each.name] = seen.get(each.name, 0) + 1
        count = seen[each.name]
        found.append(replace(each, name=f"{each.name} ({count})") if count > 1 else each)
    return found
