"""The questions of the self-audit, each answered by an index that is empty, or nearly so, while all is well."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, select

from bot.store import schema
from bot.store.deliveries import RANKS, Lane

MOST = 1_000
"""Nobody needs a larger number than this to act, and counting further would be a scan."""


def forgotten(conn: Connection) -> int:
    """Incidents that nobody answered and that no deadline will bring up again."""
    table = schema.incidents
    return _count(conn, select(table.c.number).where(schema.FORGOTTEN))


def overdue(conn: Connection, before: datetime) -> int:
    """Incidents whose next deadline passed before that instant."""
    table = schema.incidents
    return _count(conn, select(table.c.number).where(table.c.next_at < before))


def stuck(conn: Connection, lane: Lane, before: datetime) -> int:
    """Deliveries of a lane that have been due since before that instant and that nothing on their line holds up."""
    d = schema.deliveries
    ahead = schema.deliveries.alias("ahead")
    earlier = and_(ahead.c.line.in_((d.c.line, d.c.behind)), ahead.c.id < d.c.id)
    held_up = exists().where(earlier, ahead.c.state.in_(("waiting", "sending")))
    due = and_(d.c.state == "waiting", d.c.lane == lane, d.c.rank.in_(RANKS[lane]), d.c.due_at < before)
    return _count(conn, select(d.c.id).where(due, ~held_up))


def abandoned(conn: Connection, before: datetime) -> int:
    """Deliveries whose holder's lease ended before that instant (real time) and that nobody took over."""
    d = schema.deliveries
    return _count(conn, select(d.c.id).where(d.c.state == "sending", d.c.lease_until < before))


def _count(conn: Connection, query: Select[Any]) -> int:
    return int(conn.execute(select(func.count()).select_from(query.limit(MOST).subquery())).scalar_one())
