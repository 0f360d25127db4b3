"""Reads and writes heartbeats that are expected: since when each is waited for, and by when it has to be heard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from bot.store import schema
from bot.store.upsert import upsert
from oncall.values import dataclass

_T = schema.heartbeats
NEXT_DUE = select(func.min(_T.c.due_at))
"""When the next of them is missed."""


@dataclass(frozen=True, slots=True)
class Beat:
    """An expected heartbeat, as it stands."""

    name: str
    since: datetime
    """From when its time counts: when it was heard, or when it could be heard again."""
    due_at: datetime | None
    """`None`: it was missed, and that was said."""


def all_of(conn: Connection) -> dict[str, Beat]:
    return {row.name: Beat(row.name, row.since, row.due_at) for row in conn.execute(select(_T))}


def missed(conn: Connection, at: datetime) -> list[Beat]:
    """Those that had to be heard by then, the longest missed first."""
    query = select(_T).where(_T.c.due_at <= at).order_by(_T.c.due_at, _T.c.name)
    return [Beat(row.name, row.since, row.due_at) for row in conn.execute(query)]


def put(conn: Connection, name: str, since: datetime, due_at: datetime | None) -> None:
    when = {"since": since, "due_at": due_at}
    statement = upsert(conn.dialect.name, _T).values({"name": name, **when})
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=when))


def forget(conn: Connection, names: Iterable[str]) -> None:
    conn.execute(delete(_T).where(_T.c.name.in_(list(names))))


def renew(conn: Connection, at: datetime, heard_since: datetime | None) -> None:
    """Nobody could be heard until now: what was not missed by then has its whole time again."""
    for beat in all_of(conn).values():
        if beat.due_at is not None and (heard_since is None or beat.due_at > heard_since):
            put(conn, beat.name, at, at + (beat.due_at - beat.since))
