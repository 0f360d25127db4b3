"""Who comes after those on call now, and whom each severity would call at this moment, in lines. Decides nothing itself.

It puts what the resolver and the ladder say next to the rota's own reasoning (`oncall.explain`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from oncall.calendar import local
from oncall.policy import Ladder
from oncall.reach import Reach
from oncall.rota import ROLES, Duty, Override, Schedule
from oncall.schedule import HORIZON, duty
from oncall.simulate import Row, walk
from oncall.targets import listed
from oncall.words import written

Name = Callable[[str], str]
"""Turns a person's email into the name to show."""


def who_next(schedule: Schedule, at: datetime, overrides: Sequence[Override], name: Name) -> Iterator[str]:
    """A line for each role: who follows, when, and why."""
    for role in ROLES:
        now = duty(schedule, role, at, overrides)
        if now.until - at >= HORIZON:
            yield f"Next as {role}: nobody else for the next two years at least."
            continue
        then = duty(schedule, role, now.until, overrides)
        who = name(then.person) if then.person else "NOBODY"
        yield f"Next as {role}: {who} from {local(now.until, schedule.timezone)} – {then.why}."


def who_is_called(
    ladders: Mapping[str, Ladder],
    response: Mapping[str, timedelta],
    *,
    begins: datetime,
    duty_at: Callable[[str, datetime], Duty],
    people: Sequence[str],
    last_resort: Sequence[str],
    transports: Collection[str],
    reach: Callable[[str], Callable[[str | None], Reach]],
    name: Name,
) -> Iterator[str]:
    """A line for each severity: whom it would call in its first round if it began now. `reach` takes a severity, then a person."""
    for severity, ladder in ladders.items():
        climb = walk(
            ladder,
            begins=begins,
            response=response.get(severity),
            duty_at=duty_at,
            people=people,
            last_resort=last_resort,
            transports=transports,
            reach=reach(severity),
        )
        first = [row for row in climb.rows if row.level <= len(ladder.levels) and row.after < _round(ladder)]
        calls = "; ".join(_levels(first, len(people), name)) or "NOBODY"
        yield f"{severity} now calls {calls}."


def _round(ladder: Ladder) -> timedelta:
    return ladder.round_length if ladder.round_length is not None and ladder.rounds > 1 else timedelta.max


def _call(row: Row) -> tuple[int, timedelta, tuple[str, ...]]:
    """What people who are named together have in common."""
    return row.level, row.after, row.via


def _levels(rows: Sequence[Row], everybody: int, name: Name) -> Iterator[str]:
    """`at once Engineer A by Slack and PagerDuty`, `after 5m everyone by Slack`."""
    for call in dict.fromkeys(map(_call, rows)):
        mine = [row for row in rows if _call(row) == call]
        people = [name(row.person) if row.person else "the team" for row in mine]
        whom = "everyone" if len(people) == everybody > 2 else listed(people)
        by = listed(mine[0].via) if mine[0].via else "nothing that is set up"
        when = f"after {written(mine[0].after)}" if mine[0].after else "at once"
        yield f"{when} {whom} by {by}"
