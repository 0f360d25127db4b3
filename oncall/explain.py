"""The rota's reasoning in words, for `oncall explain` and `/oncall explain`.

Puts what the resolver found into lines; it decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from oncall.calendar import local
from oncall.rota import Duty, Override, Schedule

HANDOFFS_SHOWN = 4


def explain_with(schedule: Schedule, at: datetime, overrides: Sequence[Override], duties: Sequence[Duty]) -> list[str]:
    """The lines for `at` (UTC), given what the resolver answered for each role."""
    in_utc = "" if schedule.timezone == "UTC" else f" ({at:%Y-%m-%d %H:%M} UTC)"
    return [
        f"At {local(at, schedule.timezone)}{in_utc}, rotation {schedule.rotation}.",
        *_counting(schedule, at),
        *(f"{duty.role}: {duty.person or 'NOBODY'} – {duty.why}." for duty in duties),
        *_same_person(duties),
        _coming(schedule, at),
        *_overrides(schedule, at, overrides),
        *_defaults(schedule),
    ]


def _counting(schedule: Schedule, at: datetime) -> list[str]:
    zone, size, first = schedule.timezone, len(schedule.weeks), schedule.calendar.instant(0)
    slot = schedule.calendar.slot(at)
    if not size:
        return ["The rotation has no weeks."]
    if slot < 0:
        return [f"The rotation starts {local(first, zone)}; before that nobody is on call by it."]
    week = schedule.weeks[slot % size]
    handed_over = local(schedule.calendar.instant(slot), zone)
    return [
        f"Counted in weeks from {local(first, zone)}, when week_{schedule.weeks[0].number} began:"
        f" {slot} full {'week has' if slot == 1 else 'weeks have'} passed since.",
        f"{slot} modulo {size} is {slot % size}: this is week_{week.number} of {size}, begun {handed_over}.",
    ]


def _same_person(duties: Sequence[Duty]) -> list[str]:
    people = {duty.person for duty in duties}
    if len(duties) < 2 or len(people) > 1 or None in people:
        return []
    return [f"Note: {duties[0].person} fills every role, so the second level calls nobody new."]


def _coming(schedule: Schedule, at: datetime) -> str:
    coming = islice(schedule.calendar.after(at), HANDOFFS_SHOWN)
    return f"Next handoffs: {', '.join(local(instant, schedule.timezone) for instant in coming)}."


def _overrides(schedule: Schedule, at: datetime, made_in_slack: Sequence[Override]) -> list[str]:
    current = [o for o in (*schedule.overrides, *made_in_slack) if o.until > at]
    if not current:
        return ["Overrides now or later: none."]
    return [_override(schedule, o, at) for o in sorted(current, key=lambda o: o.start)]


def _override(schedule: Schedule, override: Override, at: datetime) -> str:
    place = "made in Slack" if override.source == "slack" else f"in the {override.source}"
    word = "in force" if override.start <= at else "coming"
    since, until = (local(instant, schedule.timezone) for instant in (override.start, override.until))
    reason = f" ({override.reason})" if override.reason else ""
    return f"Override {place}, {word}: {override.person} is {override.role} from {since} to {until}{reason}."


def _defaults(schedule: Schedule) -> list[str]:
    if not schedule.defaults:
        return []
    return [f"Not in the file, therefore the default: {'; '.join(schedule.defaults)}."]
