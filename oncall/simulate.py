"""Walks the ladder on paper: who would be paged when, by what and why, if nobody answers.

It uses the same rungs and the same lookups as a real night. Refuses to send anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from oncall.absence import all_away, away_words
from oncall.policy import ZERO, Ladder, Rung, rungs
from oncall.reach import Reach
from oncall.rota import Duty
from oncall.targets import Target, resolve
from oncall.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Row:
    """One person, or the team, called at one instant (UTC)."""

    at: datetime
    after: timedelta
    """Time since the ladder began."""
    level: int
    role: str
    person: str | None
    via: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Walk:
    """The rows in time order, and reasons that have no later row to stand in."""

    rows: tuple[Row, ...]
    unsaid: tuple[str, ...] = ()


def simulate(
    ladder: Ladder,
    *,
    begins: datetime,
    response: timedelta | None,
    duty_at: Callable[[str, datetime], Duty],
    people: Sequence[str],
    last_resort: Sequence[str],
    transports: Collection[str],
    reach: Callable[[str | None], Reach] | None = None,
) -> list[Row]:
    """The rows of `walk`, with its unsaid reasons in the last row."""
    return closed(
        walk(
            ladder,
            begins=begins,
            response=response,
            duty_at=duty_at,
            people=people,
            last_resort=last_resort,
            transports=transports,
            reach=reach,
        )
    )


def closed(done: Walk) -> list[Row]:
    """The rows; reasons that no later row gives are added to the last one."""
    rows = list(done.rows)
    if rows and done.unsaid:
        rows[-1] = replace(rows[-1], why="; then ".join([rows[-1].why, *done.unsaid]))
    return rows


def walk(
    ladder: Ladder,
    *,
    begins: datetime,
    response: timedelta | None,
    duty_at: Callable[[str, datetime], Duty],
    people: Sequence[str],
    last_resort: Sequence[str],
    transports: Collection[str],
    reach: Callable[[str | None], Reach] | None = None,
    away: Callable[[str, datetime], datetime | None] = lambda person, at: None,
) -> Walk:
    """Climb every rung. A level that finds nobody is mentioned in the next row, and the next rung follows at once. So it does if
    everybody whom a level calls is away: `away` says until when, for a person and an instant."""
    rows: list[Row] = []
    said: list[str] = []
    at_once: datetime | None = None
    for rung in rungs(ladder, begins, response):
        at = at_once or rung.at
        targets, sentences = resolve(
            rung.spec,
            duty=_at(duty_at, at),
            people=people,
            last_resort=last_resort,
            transports=transports,
            reach=reach,
        )
        if targets:
            missing = [text for text in sentences if not any(text in target.why for target in targets)]
            absent = all_away(rung.spec, _at(duty_at, at), partial(_away_at, away, at))
            targets = [_told(target, absent) for target in targets]
            rows += _rows(rung, at, begins, targets, [*said, *missing])
            said, at_once = [], at if absent else None
        else:
            said.append(f"level {rung.level} found nobody ({'; '.join(sentences)}), so the next at once")
            at_once = at
    return Walk(tuple(sorted(rows, key=lambda row: row.at)), tuple(said))


def _at(duty_at: Callable[[str, datetime], Duty], at: datetime) -> Callable[[str], Duty]:
    return lambda role: duty_at(role, at)


def _away_at(away: Callable[[str, datetime], datetime | None], at: datetime, person: str) -> datetime | None:
    return away(person, at)


def _told(target: Target, absent: Mapping[str, datetime]) -> Target:
    until = absent.get(target.person or "")
    return replace(target, why=f"{target.why}; {away_words(until)}, so the next level with it") if until else target


def _rows(rung: Rung, at: datetime, begins: datetime, targets: list[Target], said: list[str]) -> list[Row]:
    """One row for each target, and one more for each later time at which one of their transports starts."""
    rows = [row for target in targets for row in _starting(rung, at, begins, target)]
    rows[0] = replace(rows[0], why="; ".join([*said, rows[0].why]))
    return rows


def _starting(rung: Rung, at: datetime, begins: datetime, target: Target) -> list[Row]:
    by_delay: dict[timedelta, list[str]] = {}
    for transport in target.via:
        by_delay.setdefault(target.delays.get(transport, ZERO), []).append(transport)
    return [
        Row(at + delay, at + delay - begins, rung.level, target.role, target.person, tuple(via), target.why)
        for delay, via in sorted(by_delay.items()) or [(ZERO, [])]
    ]
