"""Reads and writes which run is changing what. One writer, so reading and taking need no more than a row."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from bot.runbooks.locks import Lock
from bot.store import schema
from bot.store.upsert import upsert

_T = schema.locks


def held(conn: Connection, target: str) -> Lock | None:
    row = conn.execute(select(_T).where(_T.c.target == target)).first()
    return Lock(**dict(row._mapping)) if row else None


def take(conn: Connection, lock: Lock) -> None:
    """From now on this run holds it, whoever held it before."""
    row = {column.name: getattr(lock, column.name) for column in _T.c}
    statement = upsert(conn.dialect.name, _T).values(row)
    conn.execute(
        statement.on_conflict_do_update(index_elements=["target"], set_={k: v for k, v in row.items() if k != "target"})
    )


def release(conn: Connection, run: int) -> None:
    """The run is over: so are its locks."""
    conn.execute(delete(_T).where(_T.c.run == run))
