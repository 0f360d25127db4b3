"""What retention empties outside the log of events: which columns, and which rows it deletes as a whole.

These texts live as long as the kind of event that says the same: an incident's title as long as `opened`, an action item as long as
`action`. A row is deleted if the log holds a line for it; the newest row of a table stays, so that no number is given twice.
Nothing that is still open is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, case, delete, exists, func, or_, select, tuple_, update

from bot.store import schema
from bot.store.deliveries import LANES, RANKS
from bot.store.restored import HELD
from oncall.values import dataclass, field

EMPTIED = "(this text has had its time)"
_I, _A, _T, _P = schema.incidents, schema.alerts, schema.actions, schema.postmortems
_D, _R, _U, _X = schema.deliveries, schema.runs, schema.undo, schema.drills
_O, _C, _L = schema.overrides, schema.cover_requests, schema.rota_log
_ITS = _I.alias("its")
_SETTLED, _UNSETTLED = ("done", "dropped", "failed"), ("waiting", "sending", HELD)
_RANKS = sorted({rank for ranks in RANKS.values() for rank in ranks})


@dataclass(frozen=True, slots=True)
class Retained:
    """One table's texts that are kept for a limited time."""

    table: Table
    kind: str
    """The entry of `retention` that it goes by; without one, by that of `events`."""
    what: str
    """In words, behind a number."""
    old: Callable[[datetime], ColumnElement[bool]]
    """Those that are over, that old, and hold their words still."""
    emptied: Mapping[str, Any] = field(default_factory=dict)
    """The columns, and what stands there afterwards; none: the rows go whole."""

    def count(self, conn: Connection, before: datetime) -> int:
        return int(conn.execute(select(func.count()).select_from(self.table).where(self.old(before))).scalar_one())

    def is_any(self, conn: Connection, before: datetime) -> bool:
        return conn.execute(select(1).select_from(self.table).where(self.old(before)).limit(1)).first() is not None

    def let_go(self, conn: Connection, before: datetime, limit: int) -> int:
        """Some of it goes. Says how many rows that were."""
        keys = list(self.table.primary_key.columns)
        found = [tuple(row) for row in conn.execute(select(*keys).where(self.old(before)).limit(limit))]
        mine = tuple_(*keys).in_(found)
        if found:
            change = (
                update(self.table).where(mine).values(self.emptied) if self.emptied else delete(self.table).where(mine)
            )
            conn.execute(change)
        return len(found)


def _over(incident: ColumnElement[Any]) -> ColumnElement[bool]:
    return _of(incident, _ITS.c.state) == "resolved"


def _over_since(incident: ColumnElement[Any], before: datetime) -> ColumnElement[bool]:
    """One that has just ended may fire again, and calls by what stands here: however long it was open, its time begins then."""
    return _of(incident, case((_ITS.c.state == "resolved", _ITS.c.resolved_at))) < before


def _of(incident: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Looked up for each row, of which a few are wanted: a list of all of them would be made anew for every few, while the writer
    waits. PostgreSQL makes one of whatever it is free to."""
    return select(value).where(_ITS.c.number == incident).scalar_subquery()


def _newest(table: Table) -> Any:
    every = table.alias("every")
    return select(func.max(every.c.id)).scalar_subquery()


def _incidents(before: datetime) -> ColumnElement[bool]:
    return and_(_I.c.state == "resolved", _I.c.resolved_at < before, _I.c.title != EMPTIED)


def _alerts(before: datetime) -> ColumnElement[bool]:
    return and_(_A.c.status != "firing", _A.c.last_at < before, _over(_A.c.incident), _A.c.summary != "")


def _actions(before: datetime) -> ColumnElement[bool]:
    return and_(_T.c.state != "open", _T.c.ended_at < before, _over(_T.c.incident), _T.c.text != EMPTIED)


def _postmortems(before: datetime) -> ColumnElement[bool]:
    return and_(_P.c.at < before, _over(_P.c.incident), _P.c.reason != "")


def _runs(before: datetime) -> ColumnElement[bool]:
    changed = exists().where(_U.c.run == _R.c.id, _U.c.state == "open")
    return and_(_R.c.state != "active", _over_since(_R.c.incident, before), ~changed, _R.c.id < _newest(_R))


def _drills(before: datetime) -> ColumnElement[bool]:
    """There is one at a time: what was called before one whose incident is over has ended longer ago."""
    later, theirs = _X.alias("later"), _I.alias("theirs")
    since = exists().where(later.c.id >= _X.c.id, theirs.c.number == later.c.incident, theirs.c.resolved_at < before)
    over = or_(_X.c.incident.is_(None), _over(_X.c.incident))
    return and_(_X.c.state == "ended", since, over, _X.c.id < _newest(_X))


def _sent(before: datetime) -> ColumnElement[bool]:
    other = _D.alias("other")
    under_way = exists().where(other.c.incident == _D.c.incident, other.c.state.in_(_UNSETTLED))
    place = and_(_D.c.state.in_(_SETTLED), _D.c.lane.in_(LANES), _D.c.rank.in_(_RANKS), _D.c.due_at < before)
    over = or_(_D.c.incident.is_(None), and_(_over_since(_D.c.incident, before), ~under_way))
    return and_(place, over, _D.c.id < _newest(_D))


def _overrides(before: datetime) -> ColumnElement[bool]:
    return and_(or_(_O.c.until < before, _O.c.ended_at < before), _O.c.reason != "")


def _requests(before: datetime) -> ColumnElement[bool]:
    return and_(or_(_C.c.until < before, _C.c.ended_at < before), _C.c.reason != "")


def _rota(before: datetime) -> ColumnElement[bool]:
    return and_(_L.c.at < before, _L.c.text != EMPTIED)


RETAINED: tuple[Retained, ...] = (
    Retained(
        _I,
        "opened",
        "incidents that are over: their titles, figures, labels and links",
        _incidents,
        {"title": EMPTIED, "value": "", "threshold": "", "labels": {}, "links": [], "runbook_url": ""},
    ),
    Retained(
        _A, "alerts", "alerts that are over: what they said", _alerts, {"summary": "", "labels": {}, "value": None}
    ),
    Retained(_T, "action", "action items that have ended", _actions, {"text": EMPTIED, "link": ""}),
    Retained(_P, "postmortem", "reasons why there is no postmortem", _postmortems, {"reason": ""}),
    Retained(_R, "step_finished", "runs of runbooks that are over, as they stood", _runs),
    Retained(_X, "drill", "drills that are over: who answered, and why they ended", _drills),
    Retained(_D, "paged", "messages that have left or been given up, as they were kept", _sent),
    Retained(_O, "rota", "reasons for who stood in", _overrides, {"reason": ""}),
    Retained(_C, "rota", "reasons why somebody was away", _requests, {"reason": ""}),
    Retained(_L, "rota", "lines of who changed the rota", _rota, {"text": EMPTIED, "data": {}}),
)
