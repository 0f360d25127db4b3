"""How each database is opened: what makes a commit durable, and what keeps readers from writing.

SQLite: WAL with `synchronous=FULL` (https://www.sqlite.org/pragma.html#pragma_synchronous), so that a commit survives a power
cut; the writer begins IMMEDIATE. PostgreSQL: `synchronous_commit=on`, and no wait without an end (`bot.store.postgresql`), so
that a writer that falls silent inside a transaction cannot keep its lock.
"""

from __future__ import annotations

from collections.abc import Callable
from sqlite3 import Connection as SqliteConnection
from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from bot.store.driver import MOVED


def writing_engine(url: str) -> Engine:
    """The engine of the one writer."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        return _postgresql(where, writer=True, size=1)
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=1, connect_args=_SQLITE_ARGS)
    event.listen(engine, "connect", _writer_pragmas)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reading_engine(url: str) -> Engine:
    """The engine of the readers: it refuses to write, and all that one transaction reads is of one moment."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        return _postgresql(where, writer=False, size=4)
    engine = create_engine(url, poolclass=QueuePool, pool_size=4, connect_args=_SQLITE_ARGS)
    event.listen(engine, "connect", _reader_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def tell_of_movement(engine: Engine, moved: Callable[[], None]) -> None:
    """Call this whenever a statement has come to its end, and on SQLite again and again while a long one goes on: who counts a
    hundred thousand rows is at work. PostgreSQL does not say how far it is; there a statement has its own bound."""

    def connected(dbapi: Any, record: ConnectionPoolEntry) -> None:
        record.info[MOVED] = moved
        if engine.dialect.name == "sqlite":
            dbapi.set_progress_handler(moved, STEPS)

    event.listen(engine, "connect", connected)
    event.listen(engine, "after_cursor_execute", lambda *_: moved())


def _postgresql(url: URL, *, writer: bool, size: int) -> Engine:
    """A connection that lay idle is asked whether it lives before it is used; if not, none that is as old is trusted."""
    from bot.store import postgresql  # its driver takes its time; nobody on SQLite pays for it

    def alive(dbapi: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        trusted = not writer and monotonic() - record.info.get(_USED, 0.0) < TRUSTED_S
        if not trusted and not postgresql.is_alive(dbapi):
            raise InvalidatePoolError

    def used(_dbapi: Any, record: ConnectionPoolEntry) -> None:
        record.info[_USED] = monotonic()

    args = postgresql.arguments(url, writer=writer)
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=1,
        pool_timeout=5,
        pool_use_lifo=True,  # the engine's questions are made ready on few connections, not on each
        pool_recycle=RECYCLED_S,
        connect_args=args,
    )
    event.listen(engine, "do_connect", lambda _dialect, _record, args, kwargs: postgresql.connect(*args, **kwargs))
    event.listen(engine, "checkout", alive)
    event.listen(engine, "checkin", used)
    return engine


STEPS = 1_000_000
"""Of SQLite's machine, between two signs of life: some hundredths of a second."""
TRUSTED_S = 0.5
"""How long a reader may lie idle and be used without a question. The writer's is kept, and only laid back to be asked."""
RECYCLED_S = 300
"""Seconds after which a connection is made anew: what is made ready on it was planned by what the tables held then."""
_USED = "used"


_SQLITE_ARGS: dict[str, Any] = {"check_same_thread": False, "timeout": 10.0}


def _writer_pragmas(dbapi: SqliteConnection, _record: object) -> None:
    dbapi.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-64000",
    ):
        dbapi.execute(f"PRAGMA {pragma}")


def _reader_pragmas(dbapi: SqliteConnection, _record: object) -> None:
    dbapi.isolation_level = None
    for pragma in ("query_only=ON", "busy_timeout=10000"):
        dbapi.execute(f"PRAGMA {pragma}")


def _begin_immediate(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN")
