"""Who is to be asked for a word to those outside, and when: a row for each P0 that somebody leads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from bot.store import schema
from bot.store.upsert import upsert

_T = schema.update_asks

NEXT_DUE = select(func.min(_T.c.due_at))
"""When the next of them is due."""


def plan(conn: Connection, incident: int, due_at: datetime) -> None:
    """Let it wait for that instant, whatever it waited for before."""
    statement = upsert(conn.dialect.name, _T).values({"incident": incident, "due_at": due_at})
    conn.execute(statement.on_conflict_do_update(index_elements=["incident"], set_={"due_at": due_at}))


def drop(conn: Connection, incident: int) -> None:
    conn.execute(delete(_T).where(_T.c.incident == incident))


def due(conn: Connection, at: datetime) -> list[int]:
    """The incidents whose leaders are due to be asked."""
    return list(conn.execute(select(_T.c.incident).where(_T.c.due_at <= at).order_by(_T.c.due_at)).scalars())


def waits(conn: Connection, incident: int) -> datetime | None:
    """When its leader is asked next."""
    found: datetime | None = conn.execute(select(_T.c.due_at).where(_T.c.incident == incident)).scalar()
    return found
