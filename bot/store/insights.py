"""Months of incidents as counts and ranks: put together by the database, from an index, so that no row is read in Python.

Everything comes from the incidents and their log. Drills are none of it (`COUNTED`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy import Text as PlainText

from bot.runbooks.verify import WAS_GOOD
from bot.store import schema
from bot.store.incidents import COUNTED
from bot.store.load import SILENT, TOLD
from bot.store.schema.columns import EPOCH, micros_of
from oncall.load import AT_ONCE
from oncall.values import dataclass

_I, _E = schema.incidents, schema.events
Called = tuple[str, str | None, datetime, int]
"""A person, a rule, when the span began, and how often that person was called in it for incidents of that rule."""
_MICROSECOND = timedelta(microseconds=1)


def _micros(column: Any) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _since(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(COUNTED, _I.c.opened_at >= since, _I.c.opened_at < until)


def opened(conn: Connection, since: datetime, until: datetime, span: timedelta) -> dict[tuple[int, str], int]:
    """How many were opened, by the number of the span after `since` and by severity."""
    place = (_micros(_I.c.opened_at) - literal(micros_of(since), BigInteger)) // (span // _MICROSECOND)
    query = select(place.label("place"), _I.c.severity, func.count().label("count")).where(_since(since, until))
    rows = conn.execute(query.group_by("place", _I.c.severity))
    return {(int(row.place), row.severity): int(row[2]) for row in rows}


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: of how many, and what half and nine tenths of them did not exceed."""

    count: int
    median: timedelta
    p90: timedelta


_TOOK = {
    "acknowledge": _micros(_I.c.acknowledged_at) - _micros(_I.c.respond_from),
    "mitigate": _micros(_I.c.mitigated_at) - _micros(_I.c.opened_at),
    "resolve": _micros(_I.c.resolved_at) - _micros(_I.c.opened_at),
}


def spreads(conn: Connection, since: datetime, until: datetime) -> dict[tuple[str, str], Spread]:
    """How long it took to acknowledge, mitigate and resolve, by that word and severity. A rank, not an average."""
    return {
        (what, severity): spread
        for what, took in _TOOK.items()
        for severity, spread in _spread(conn, took, _since(since, until)).items()
    }


def _spread(conn: Connection, took: ColumnElement[int], where: ColumnElement[bool]) -> Mapping[str, Spread]:
    """Counted by the second, so that few rows come back, and the ranks are looked up in the counts."""
    seconds = (took // 1_000_000).label("seconds")
    query = select(_I.c.severity, seconds, func.count()).where(where, took >= 0)
    counted: dict[str, list[tuple[int, int]]] = {}
    for severity, second, count in conn.execute(
        query.group_by(_I.c.severity, seconds).order_by(_I.c.severity, seconds)
    ):
        counted.setdefault(severity, []).append((int(second), int(count)))
    return {severity: _of_counts(found) for severity, found in counted.items()}


def _of_counts(found: Sequence[tuple[int, int]]) -> Spread:
    total = sum(count for _, count in found)
    passed = list(accumulate(count for _, count in found))

    def ranked(tenths: int) -> timedelta:
        """The nearest rank that so many tenths do not exceed."""
        return timedelta(seconds=found[bisect_left(passed, -(-total * tenths // 10))][0])

    return Spread(total, ranked(5), ranked(9))


@dataclass(frozen=True, slots=True)
class Answered:
    """How many were answered within the time that was promised, and how many were not; the others are still open."""

    met: int
    missed: int


def answered(conn: Connection, since: datetime, until: datetime, at: datetime) -> dict[str, Answered]:
    """By severity; what `Incident.response_met` says of each."""
    moments = (_I.c.acknowledged_at, _I.c.mitigated_at, _I.c.resolved_at)
    met = or_(*(func.coalesce(moment <= _I.c.respond_by, False) for moment in moments))
    ever = or_(*(moment.is_not(None) for moment in moments))
    missed = and_(~met, or_(ever, _I.c.respond_by < at))
    query = select(_I.c.severity, _count(met), _count(missed)).where(_since(since, until), _I.c.respond_by.is_not(None))
    return {row[0]: Answered(int(row[1]), int(row[2])) for row in conn.execute(query.group_by(_I.c.severity))}


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


@dataclass(frozen=True, slots=True)
class Made:
    """What one rule made: incidents, and those among them that went away before anybody had said a word."""

    incidents: int
    by_themselves: int


def made(conn: Connection, since: datetime, until: datetime) -> dict[str | None, Made]:
    """By rule; nothing for what no rule made."""
    untouched = and_(_I.c.resolved_by_alert, _I.c.acknowledged_at.is_(None), _I.c.mitigated_at.is_(None))
    query = select(_I.c.rule, func.count(), _count(untouched)).where(_since(since, until)).group_by(_I.c.rule)
    return {row[0]: Made(int(row[1]), int(row[2])) for row in conn.execute(query)}


def last_opened(conn: Connection) -> dict[str, datetime]:
    """When each rule made its last incident, ever."""
    query = select(_I.c.rule, func.max(_I.c.opened_at)).where(COUNTED, _I.c.rule.is_not(None)).group_by(_I.c.rule)
    return {row[0]: row[1] for row in conn.execute(query)}


def called(conn: Connection, since: datetime, until: datetime, span: timedelta) -> list[Called]:
    """Everybody's calls, put together by spans; those by several ways at once are one, as `oncall.load` counts."""
    person, via, role = (of_json(conn, _E.c.data, name) for name in ("person", "via", "role"))
    at = _micros(_E.c.at)
    before = func.lag(at).over(partition_by=(_E.c.incident, person), order_by=at)
    calls = (
        select(_I.c.rule, at.label("at"), person.label("person"), (at - before).label("after"))
        .join(_I, _I.c.number == _E.c.incident)
        .where(COUNTED, schema.CALLED, _E.c.at >= since, _E.c.at < until, person.is_not(None))
        .where(func.coalesce(via, "") != SILENT, func.coalesce(role, "").not_in(TOLD))
        .subquery()
    )
    begins = (calls.c.at - calls.c.at % (span // _MICROSECOND)).label("begins")
    first = or_(calls.c.after.is_(None), calls.c.after > AT_ONCE // _MICROSECOND)
    query = select(calls.c.person, calls.c.rule, begins, func.count().label("count")).where(first)
    instants: dict[int, datetime] = {}
    found = []
    for who, rule, begun, count in conn.execute(query.group_by(calls.c.person, calls.c.rule, begins)):
        if begun not in instants:
            instants[begun] = EPOCH + begun * _MICROSECOND
        found.append((who, rule, instants[begun], count))
    return found


@dataclass(frozen=True, slots=True)
class Helped:
    """What came of a step: how often it was seen to help, seen not to, failed, or was done without anybody measuring."""

    runbook: str
    step: str
    helped: int
    did_not: int
    failed: int
    done: int


def steps(conn: Connection, since: datetime, until: datetime) -> list[Helped]:
    """Every step that came to an end, those first that were done most."""
    names = ("runbook", "step", "ok", "verdict")
    of_event = [of_json(conn, _E.c.data, name).label(name) for name in names]
    over = select(*of_event).join(_I, _I.c.number == _E.c.incident)
    c = over.where(_I.c.drill.is_(False), schema.STEP_OVER, _E.c.at >= since, _E.c.at < until).subquery().c
    good, bad = c.ok.in_(_TRUE), c.ok.in_(_FALSE)
    counts = (
        _count(and_(good, c.verdict.is_not(None), c.verdict != WAS_GOOD)),
        _count(and_(bad, c.verdict.is_not(None))),
        _count(and_(bad, c.verdict.is_(None))),
        _count(and_(good, or_(c.verdict.is_(None), c.verdict == WAS_GOOD))),
    )
    query = select(c.runbook, c.step, *counts).where(c.step.is_not(None)).group_by(c.runbook, c.step)
    found = [Helped(row[0] or "", row[1], *(int(value) for value in row[2:])) for row in conn.execute(query)]
    ended = [each for each in found if each.helped or each.did_not or each.failed or each.done]
    return sorted(ended, key=lambda e: (-(e.helped + e.did_not + e.failed + e.done), e.runbook, e.step))


_TRUE, _FALSE = ("true", "1"), ("false", "0")
"""A boolean of JSON as text: PostgreSQL's word and SQLite's."""


def of_json(conn: Connection, column: Any, name: str) -> ColumnElement[str]:
    """A value of a JSON object as text."""
    if conn.dialect.name == "sqlite":
        return cast(func.json_extract(type_coerce(column, PlainText), f"$.{name}"), PlainText)
    return cast(type_coerce(column, PlainText), JSON).op("->>", return_type=PlainText())(name)
