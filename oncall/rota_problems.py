"""What is wrong with a rota: every fault at once, each as one sentence with its place. Refuses to repair anything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from oncall.calendar import WEEKDAYS, local
from oncall.rota import ROLES, WEEKS, Override, Rotation, Schedule
from oncall.words import did_you_mean


class Problem(NamedTuple):
    """One fault. `place` is the path to it in the file: `("overrides", 2)`; `("weeks",)` means all of them."""

    place: tuple[str | int, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.place[0]}: {self.text}"


def problems(schedule: Schedule) -> list[str]:
    """Every fault of the rota; only if there is none may the resolver be asked."""
    return [str(problem) for problem in placed_problems(schedule)]


def placed_problems(schedule: Schedule) -> list[Problem]:
    """Every fault of the rota, each with its place."""
    return [
        *_zone(("timezone",), schedule.timezone),
        *_start(schedule),
        *_weeks(schedule),
        *_rotations(schedule),
        *_overrides(schedule),
    ]


def _zone(place: tuple[str | int, ...], timezone: str) -> Iterator[Problem]:
    if not known_zone(timezone):
        guess = did_you_mean(timezone, available_timezones())
        yield Problem(place, f'there is no time zone "{timezone}"{guess} (names look like Europe/Berlin)')


def known_zone(timezone: str) -> bool:
    """Whether this machine knows the time zone."""
    try:
        ZoneInfo(timezone)
    except (LookupError, ValueError, OSError):  # unknown, not a zone's name, the name of a directory
        return False
    return True


def _start(schedule: Schedule) -> Iterator[Problem]:
    actual = schedule.starts.weekday()
    if actual != schedule.handoff_weekday:
        wanted = WEEKDAYS[schedule.handoff_weekday]
        text = (
            f"{schedule.starts} is a {WEEKDAYS[actual]}, but handoffs are on {wanted}s;"
            f" give the date of a {wanted} on which week_1 began"
        )
        yield Problem(("starts",), text)
    if schedule.handoff_time.tzinfo is not None:
        yield Problem(("handoff",), "the time has a time zone of its own; leave it out, `timezone` says which is meant")


def _weeks(schedule: Schedule) -> Iterator[Problem]:
    numbers = [week.number for week in schedule.weeks]
    if not numbers and not schedule.rotations:
        yield Problem(("weeks",), "there is none; at least week_1 is needed, or one of `rotations`")
    elif numbers != list(range(1, len(numbers) + 1)):
        written = ", ".join(f"week_{number}" for number in numbers)
        text = f"they must run from week_1 without a hole or a repeat, but these are {written}"
        yield Problem(("weeks",), text)


def _rotations(schedule: Schedule) -> Iterator[Problem]:
    names: dict[str, int] = {}
    for index, each in enumerate(schedule.rotations):
        place = ("rotations", index)
        if each.name == WEEKS:
            yield Problem(
                (*place, "name"), f'"{WEEKS}" is what the weeks are called; give the rotation a name of its own'
            )
        if names.setdefault(each.name, index) != index:
            text = f'"{each.name}" is the name of another one above; the answers name them, so each has its own'
            yield Problem((*place, "name"), text)
        yield from _role((*place, "role"), each.role)
        if each.timezone != schedule.timezone:
            yield from _zone((*place, "timezone"), each.timezone)
        yield from _members(place, each)


def _members(place: tuple[str | int, ...], rotation: Rotation) -> Iterator[Problem]:
    for index, each in enumerate(rotation.people):
        if each.start is not None and each.until is not None and each.start >= each.until:
            text = f"{each.person} leaves “{rotation.name}” before they join it; `until` must be later than `from`"
            yield Problem((*place, "people", index), text)


def _role(place: tuple[str | int, ...], role: str) -> Iterator[Problem]:
    if role not in ROLES:
        guess = did_you_mean(role, ROLES)
        yield Problem(place, f'there is no role "{role}"{guess} (the roles are {", ".join(ROLES)})')


def _overrides(schedule: Schedule) -> Iterator[Problem]:
    for index, each in enumerate(schedule.overrides):
        yield from _role(("overrides", index), each.role)
        if each.start >= each.until:
            yield Problem(("overrides", index), f"{_named(schedule, each)} ends before it begins")
    for (_, one), (index, other) in combinations(enumerate(schedule.overrides), 2):
        if one.role == other.role and one.start < other.until and other.start < one.until:
            text = f"{_named(schedule, one)} and {_named(schedule, other)} overlap; only one person can take a role"
            yield Problem(("overrides", index), text)


def _named(schedule: Schedule, override: Override) -> str:
    zone = schedule.timezone if known_zone(schedule.timezone) else "UTC"
    start, until = local(override.start, zone), local(override.until, zone)
    return f"{override.person} as {override.role} ({start} to {until})"
