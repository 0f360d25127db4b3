"""The questions of the self-audit, each answered by an index that is empty, or nearly so, while all is well.

They are asked every minute for ever, so each statement is put together once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, select

from bot.store import schema
from bot.store.deliveries import LANES, RANKS, Lane
from bot.store.schema.columns import Instant

MOST = 1_000
"""Nobody needs a larger number than this to act, and counting further would be a scan."""
_BEFORE = bindparam("before", type_=Instant)


def _count(query: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(query.limit(MOST).subquery())


def _stuck(lane: Lane) -> Select[Any]:
    d = schema.deliveries
    ahead = schema.deliveries.alias("ahead")
    earlier = and_(ahead.c.line.in_((d.c.line, d.c.behind)), ahead.c.id < d.c.id)
    held_up = exists().where(earlier, ahead.c.state.in_(("waiting", "sending")))
    due = and_(d.c.state == "waiting", d.c.lane == lane, d.c.rank.in_(RANKS[lane]), d.c.due_at < _BEFORE)
    return _count(select(d.c.id).where(due, ~held_up))


_INCIDENTS, _DELIVERIES = schema.incidents, schema.deliveries
_FORGOTTEN = _count(select(_INCIDENTS.c.number).where(schema.FORGOTTEN))
_OVERDUE = _count(select(_INCIDENTS.c.number).where(_INCIDENTS.c.next_at < _BEFORE))
_STUCK = {lane: _stuck(lane) for lane in LANES}
_ABANDONED = _count(
    select(_DELIVERIES.c.id).where(_DELIVERIES.c.state == "sending", _DELIVERIES.c.lease_until < _BEFORE)
)


def forgotten(conn: Connection) -> int:
    """Incidents that nobody answered and that no deadline will bring up again."""
    return int(conn.execute(_FORGOTTEN).scalar_one())


def overdue(conn: Connection, before: datetime) -> int:
    """Incidents whose next deadline passed before that instant."""
    return int(conn.execute(_OVERDUE, {"before": before}).scalar_one())


def stuck(conn: Connection, lane: Lane, before: datetime) -> int:
    """Deliveries of a lane that have been due since before that instant and that nothing on their line holds up."""
    return int(conn.execute(_STUCK[lane], {"before": before}).scalar_one())


def abandoned(conn: Connection, before: datetime) -> int:
    """Deliveries whose holder's lease ended before that instant (real time) and that nobody took over."""
    return int(conn.execute(_ABANDONED, {"before": before}).scalar_one())
