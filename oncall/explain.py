"""The rota's reasoning in words, for `oncall explain` and `/oncall explain`.

Puts what the resolver found into lines; it decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from oncall.calendar import local
from oncall.layers import TICK, turns_of
from oncall.rota import Duty, Override, Rotation, Schedule

HANDOFFS_SHOWN = 4


def explain_with(
    schedule: Schedule,
    at: datetime,
    overrides: Sequence[Override],
    duties: Sequence[Duty],
    coming: Iterator[datetime],
    name: Callable[[str], str],
) -> list[str]:
    """The lines for `at` (UTC), made of what the resolver answered for each role and of the handoffs after it."""
    in_utc = "" if schedule.timezone == "UTC" else f" ({at:%Y-%m-%d %H:%M} UTC)"
    return [
        f"At {local(at, schedule.timezone)}{in_utc}, {_rotations(schedule)}.",
        *(_counting(schedule, at) if schedule.weeks or not schedule.rotations else []),
        *(_rotation(rotation, at, name) for rotation in schedule.rotations),
        *(f"{duty.role}: {name(duty.person) if duty.person else 'NOBODY'} – {duty.why}." for duty in duties),
        *_same_person(duties, name),
        _coming(schedule, coming),
        *_overrides(schedule, at, overrides, name),
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


def _rotations(schedule: Schedule) -> str:
    """`rotation default`; of several rotations, their names from the lowest layer to the topmost."""
    weeks = [schedule.rotation] if schedule.weeks or not schedule.rotations else []
    names = [*weeks, *(rotation.name for rotation in schedule.rotations)]
    return f"rotation {names[0]}" if len(names) == 1 else f"rotations {', '.join(names)} (the later wins)"


def _rotation(rotation: Rotation, at: datetime, name: Callable[[str], str]) -> str:
    layer = turns_of(rotation)
    hours = f", {rotation.hours.text}" if rotation.hours else ""
    head = f"Rotation {rotation.name} ({rotation.role}): {rotation.every} from {local(layer.first, rotation.timezone)}{hours}"
    if at < layer.first:
        return f"{head}; it has not begun."
    turns = layer.order.ruler.slot(at) + 1
    counted = f", {layer.order.count(turns)} of them with hours" if rotation.hours else ""
    now = layer.stretches(at, at + TICK)
    person = now[0].person if now else None
    who = f"now {name(person)}, {now[0].place + 1} of {len(rotation.people)}" if person else "nobody at this instant"
    return f"{head}; {turns} {'turn has' if turns == 1 else 'turns have'} begun{counted}: {who}."


def _same_person(duties: Sequence[Duty], name: Callable[[str], str]) -> list[str]:
    people = {duty.person for duty in duties}
    who = people.pop() if len(people) == 1 else None
    if len(duties) < 2 or who is None:
        return []
    return [f"Note: {name(who)} fills every role, so the second level calls nobody new."]


def _coming(schedule: Schedule, coming: Iterator[datetime]) -> str:
    shown = [local(instant, schedule.timezone) for instant in islice(coming, HANDOFFS_SHOWN)]
    return f"Next handoffs: {', '.join(shown) or 'none'}."


def _overrides(
    schedule: Schedule, at: datetime, made_in_slack: Sequence[Override], name: Callable[[str], str]
) -> list[str]:
    current = [o for o in (*schedule.overrides, *made_in_slack) if o.until > at]
    if not current:
        return ["Overrides now or later: none."]
    return [_override(schedule, o, at, name) for o in sorted(current, key=lambda o: o.start)]


def _override(schedule: Schedule, override: Override, at: datetime, name: Callable[[str], str]) -> str:
    place = "made in Slack" if override.source == "slack" else f"in the {override.source}"
    word = "in force" if override.start <= at else "coming"
    since, until = (local(instant, schedule.timezone) for instant in (override.start, override.until))
    reason = f" ({override.reason})" if override.reason else ""
    return f"Override {place}, {word}: {name(override.person)} is {override.role} from {since} to {until}{reason}."


def _defaults(schedule: Schedule) -> list[str]:
    if not schedule.defaults:
        return []
    return [f"Not in the file, therefore the default: {'; '.join(schedule.defaults)}."]
