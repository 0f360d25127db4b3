"""What is wrong with a rota, all of it at once, each as one sentence. Refuses to repair anything.

Whether the people exist is the configuration's business: a rota does not know `bot.yml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from zoneinfo import ZoneInfo, available_timezones

from oncall.calendar import WEEKDAYS, local
from oncall.rota import ROLES, Override, Schedule
from oncall.words import did_you_mean


def problems(schedule: Schedule) -> list[str]:
    """Every fault of the rota; an empty list means that the resolver may be asked."""
    return [
        *_zone(schedule),
        *_start(schedule),
        *_weeks(schedule),
        *_overrides(schedule),
    ]


def _zone(schedule: Schedule) -> Iterator[str]:
    if not _known(schedule.timezone):
        guess = did_you_mean(schedule.timezone, available_timezones())
        yield f'timezone: there is no time zone "{schedule.timezone}"{guess} (names look like Europe/Berlin)'


def _known(timezone: str) -> bool:
    try:
        ZoneInfo(timezone)
    except (LookupError, ValueError, OSError):  # unknown, not a zone's name, the name of a directory
        return False
    return True


def _start(schedule: Schedule) -> Iterator[str]:
    actual = schedule.starts.weekday()
    if actual != schedule.handoff_weekday:
        wanted = WEEKDAYS[schedule.handoff_weekday]
        yield (
            f"starts: {schedule.starts} is a {WEEKDAYS[actual]}, but handoffs are on {wanted}s;"
            f" give the date of a {wanted} on which week_1 began"
        )
    if schedule.handoff_time.tzinfo is not None:
        yield "handoff: the time has a time zone of its own; leave it out, `timezone` says which is meant"


def _weeks(schedule: Schedule) -> Iterator[str]:
    numbers = [week.number for week in schedule.weeks]
    if not numbers:
        yield "weeks: there is none; at least week_1 is needed"
    elif numbers != list(range(1, len(numbers) + 1)):
        written = ", ".join(f"week_{number}" for number in numbers)
        yield f"weeks: they must run from week_1 without a hole or a repeat, but these are {written}"


def _overrides(schedule: Schedule) -> Iterator[str]:
    for each in schedule.overrides:
        if each.role not in ROLES:
            guess = did_you_mean(each.role, ROLES)
            yield f'overrides: there is no role "{each.role}"{guess} (the roles are {", ".join(ROLES)})'
        if each.start >= each.until:
            yield f"overrides: {_named(schedule, each)} ends before it begins"
    for one, other in combinations(schedule.overrides, 2):
        if one.role == other.role and one.start < other.until and other.start < one.until:
            yield (
                f"overrides: {_named(schedule, one)} and {_named(schedule, other)} overlap;"
                " only one person can take a role"
            )


def _named(schedule: Schedule, override: Override) -> str:
    zone = schedule.timezone if _known(schedule.timezone) else "UTC"
    start, until = local(override.start, zone), local(override.until, zone)
    return f"{override.person} as {override.role} ({start} to {until})"
