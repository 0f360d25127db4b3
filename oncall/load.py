"""The load of being on call: pages, pages at night and hours for each person. Pure.

One call by several transports at once is one page; a mail does not count, for it wakes nobody. Hours are those of the rota as it
stands now, overrides included: earlier versions of the file are not kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.rota import Shift
from oncall.values import dataclass, field

NIGHT = time(22), time(7)
"""From and until, by the local time of the place where the person sleeps."""
AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """Somebody was paged for an incident."""

    at: datetime
    incident: int
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load that one person carried."""

    person: str
    pages: int = 0
    night_pages: int = 0
    hours: dict[str, float] = field(default_factory=dict)
    """Hours served, by role."""


def load(people: Mapping[str, str | None], calls: Iterable[Call], shifts: Sequence[Shift], timezone: str) -> list[Load]:
    """Everybody's load, those first who were woken most. `shifts` are those of the same window, `people` says in which time zone
    somebody sleeps; `timezone` is the rota's, for everybody else."""
    served: dict[str, dict[str, timedelta]] = defaultdict(lambda: defaultdict(timedelta))
    for shift in shifts:
        if shift.person is not None:
            served[shift.person][shift.role] += shift.until - shift.since
    pages = _pages(calls)
    everybody = dict.fromkeys([*people, *served, *(call.person for call in pages)])
    found = [
        _load(person, [call for call in pages if call.person == person], served[person], people.get(person) or timezone)
        for person in everybody
    ]
    return sorted(found, key=lambda each: (-each.night_pages, -each.pages, -sum(each.hours.values())))


def _load(person: str, pages: Sequence[Call], served: dict[str, timedelta], timezone: str) -> Load:
    hours = {role: round(spent / timedelta(hours=1), 1) for role, spent in served.items()}
    night = sum(at_night(call.at, timezone) for call in pages)
    return Load(person=person, pages=len(pages), night_pages=night, hours=hours)


def _pages(calls: Iterable[Call]) -> list[Call]:
    """The pages: one for each time somebody was called, by however many transports."""
    found: list[Call] = []
    last: dict[tuple[int, str], datetime] = {}
    for call in sorted(calls):
        who = call.incident, call.person
        if who not in last or call.at - last[who] > AT_ONCE:
            found.append(call)
        last[who] = call.at
    return found


def at_night(at: datetime, timezone: str) -> bool:
    """Whether it is night in that time zone."""
    clock = at.astimezone(ZoneInfo(timezone)).time()
    return clock >= NIGHT[0] or clock < NIGHT[1]
