"""How each database is opened: what makes a commit durable, and what keeps readers from writing.

SQLite: WAL with `synchronous=FULL` (https://www.sqlite.org/pragma.html#pragma_synchronous), so that a commit survives a power
cut; the writer begins IMMEDIATE. PostgreSQL: `synchronous_commit=on`, and a writer that stalls inside a transaction is thrown
out after ten seconds, so that its lock cannot outlive it.
"""

from __future__ import annotations

from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool

_PG_OPTIONS = "-c synchronous_commit=on -c idle_in_transaction_session_timeout=10s -c timezone=UTC"
_PG_READER = r" -c default_transaction_read_only=on -c default_transaction_isolation=repeatable\ read"


def writing_engine(url: str) -> Engine:
    """The engine of the one writer."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_size=1, max_overflow=1, connect_args={"options": _PG_OPTIONS})
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=1, connect_args=_SQLITE_ARGS)
    event.listen(engine, "connect", _writer_pragmas)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reading_engine(url: str) -> Engine:
    """The engine of the readers: it refuses to write, and all that one transaction reads is of one moment."""
    if make_url(url).get_backend_name() != "sqlite":
        options = _PG_OPTIONS + _PG_READER
        return create_engine(url, pool_size=4, pool_pre_ping=True, connect_args={"options": options})
    engine = create_engine(url, poolclass=QueuePool, pool_size=4, connect_args=_SQLITE_ARGS)
    event.listen(engine, "connect", _reader_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


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
