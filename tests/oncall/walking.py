"""The rules of a rotation, written a second time and slowly: every turn is gone through, and every window drawn day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.rota import Rotation

Window = tuple[datetime, datetime]


def by_walking(rotation: Rotation, instant: datetime) -> str | None:
    """Who serves in the rotation at an instant; `None` outside its hours."""
    serving: int | None = None
    last: int | None = None
    for begins, ends, covers in _turns(rotation, instant):
        if not covers:
            serving = None
        for at in [begins, *sorted(_edges(rotation, begins, ends))] if covers else []:
            if at > instant:
                break
            there = [place for place, member in enumerate(rotation.people) if member.takes_part(at)]
            if at == begins or (serving not in there and _left(rotation, at, ends)):
                serving = next((p for p in there if last is None or p > last), there[0] if there else None)
                last = last if serving is None else serving
            elif serving not in there:
                serving = None
        if begins <= instant < ends and _left(rotation, instant, instant + timedelta.resolution):
            return None if serving is None else rotation.people[serving].person
    return None


def _edges(rotation: Rotation, begins: datetime, ends: datetime) -> set[datetime]:
    return {
        e for member in rotation.people for e in (member.start, member.until) if e is not None and begins < e < ends
    }


def _turns(rotation: Rotation, until: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """Each turn that begins by `until`, and whether it covers an hour."""
    count, zone = rotation.every.count, ZoneInfo(rotation.timezone)
    step = timedelta(**{rotation.every.unit: count})
    wall, first = rotation.starts, rotation.starts.replace(tzinfo=zone).astimezone(UTC)
    number = 0
    while True:
        if rotation.every.unit == "hours":
            begins, ends = first + number * step, first + (number + 1) * step
            covers = _left(rotation, begins, ends)
        else:
            one, other = wall + number * step, wall + (number + 1) * step
            begins, ends = (edge.replace(tzinfo=zone).astimezone(UTC) for edge in (one, other))
            covers = any(since < other and one < end for since, end in _on_the_wall(rotation, one, other))
        if begins > until:
            return
        yield begins, ends, covers
        number += 1


def _left(rotation: Rotation, begins: datetime, ends: datetime) -> bool:
    zone = ZoneInfo(rotation.timezone)
    near = (edge.astimezone(zone).replace(tzinfo=None) for edge in (begins, ends))
    windows = (tuple(edge.replace(tzinfo=zone).astimezone(UTC) for edge in w) for w in _on_the_wall(rotation, *near))
    return any(max(since, begins) < min(end, ends) for since, end in windows)


def _on_the_wall(rotation: Rotation, begins: datetime, ends: datetime) -> Iterator[Window]:
    """The windows near a stretch of local time, day by day."""
    if rotation.hours is None:
        yield begins - timedelta(days=2), ends + timedelta(days=2)
        return
    day = datetime.combine(begins.date(), time()) - timedelta(days=9)
    while day < ends + timedelta(days=2):
        for since, end in rotation.hours.spans:
            if since // 1440 == day.weekday():
                yield day + timedelta(minutes=since % 1440), day + timedelta(minutes=since % 1440 + end - since)
        day += timedelta(days=1)
