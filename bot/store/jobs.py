"""Reads and writes what comes round by itself: one row for each job, with the instant (UTC) at which it is next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from bot.store import schema
from bot.store.upsert import upsert
from oncall.values import dataclass

_T = schema.jobs


@dataclass(frozen=True, slots=True)
class Row:
    """One job as it waits. `rule`: what its instant was worked out from."""

    name: str
    rule: str
    due_at: datetime
    last_at: datetime | None
    """When it was done last; `None` before the first time."""


NEXT_DUE = select(func.min(_T.c.due_at))
"""When the next of them is due."""


def all_of(conn: Connection) -> dict[str, Row]:
    """Every job that waits, by its name."""
    return {row.name: Row(row.name, row.rule, row.due_at, row.last_at) for row in conn.execute(select(_T))}


def earliest(conn: Connection) -> Row | None:
    """The one that is next."""
    row = conn.execute(select(_T).order_by(_T.c.due_at, _T.c.name).limit(1)).first()
    return Row(row.name, row.rule, row.due_at, row.last_at) if row else None


def plan(conn: Connection, name: str, rule: str, due_at: datetime) -> None:
    """Let it wait for that instant, whatever it waited for before."""
    when = {"rule": rule, "due_at": due_at}
    statement = upsert(conn.dialect.name, _T).values({"name": name, **when})
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=when))


def claim(conn: Connection, row: Row, at: datetime, due_at: datetime) -> bool:
    """Take it for this once, and let it wait for its next time. Says whether it was still there to be taken."""
    mine = update(_T).where(_T.c.name == row.name, _T.c.due_at == row.due_at).values(due_at=due_at, last_at=at)
    return conn.execute(mine).rowcount == 1


def drop(conn: Connection, name: str) -> None:
    """It does not come round any more."""
    conn.execute(delete(_T).where(_T.c.name == name))
