"""Statements handed to the driver itself: SQLAlchemy's own way to it costs 25 µs each, which a storm pays five times a commit.

What else hangs on that way is kept: errors are raised as SQLAlchemy raises them, and the store sees that something moves.
Parameters stand in the order of their places (`?` in SQLite, `$1` in PostgreSQL).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

MOVED = "moved"
"""In a connection's `info`: what is to be called when a statement has come to its end."""
_PUT_OFF = "put off"
Said = tuple[str, Sequence[Any]]
"""A statement, and its parameters."""


def ask(conn: Connection, asked: Sequence[Said]) -> Sequence[Sequence[Sequence[Any]]]:
    """The rows that answer each of these; over a network in one exchange."""
    if conn.dialect.name == "postgresql":
        from bot.store.postgresql import answers

        return answers(conn, asked)
    return [_run(conn, text, parameters, many=False).fetchall() for text, parameters in asked]


def tell(conn: Connection, text: str, rows: Sequence[Sequence[Any]]) -> int:
    """Do it with each of these. How many rows it touched in all; nobody knows as yet where it is put off."""
    if conn.dialect.name != "postgresql":
        touched: int = _run(conn, text, rows, many=True).rowcount
        return touched
    from bot.store import postgresql

    if conn.info.get(_PUT_OFF):
        postgresql.put_off(conn, text, rows)
        return 0
    return postgresql.touched(conn, text, rows)


@contextmanager
def put_off(conn: Connection) -> Iterator[None]:
    """What is told in here may leave with what is said next, at the latest with the commit, and fail there."""
    conn.info[_PUT_OFF] = True
    try:
        yield
    finally:
        conn.info[_PUT_OFF] = False


def forget(conn: Connection) -> None:
    """What was put off is not done: whoever did so is about to be undone, and must not fail a second time in that."""
    if conn.dialect.name == "postgresql":
        driver(conn).speech.forget()


def settle(conn: Connection) -> None:
    """Have done what was put off."""
    if conn.dialect.name == "postgresql":
        from bot.store import postgresql

        postgresql.settle(conn)


def _run(conn: Connection, text: str, parameters: Any, *, many: bool) -> Any:
    """The driver's cursor after it has run a statement, or run it with each of many parameters."""
    cursor: Any = driver(conn).cursor()
    with as_sqlalchemy_raises(conn):
        (cursor.executemany if many else cursor.execute)(text, parameters)
    if (moved := conn.info.get(MOVED)) is not None:
        moved()
    return cursor


def driver(conn: Connection) -> Any:
    """The driver's own connection, in a transaction as SQLAlchemy begins one by itself: all that is read there is of one moment."""
    if not conn.in_transaction():
        conn.begin()
    return conn.connection.dbapi_connection


class as_sqlalchemy_raises:  # noqa: N801 - read as a sentence: with as_sqlalchemy_raises(conn)
    """The driver's own errors, as whoever uses the connection expects them."""

    __slots__ = ("_conn",)

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        dialect: Any = self._conn.dialect
        if error is not None and isinstance(error, dialect.loaded_dbapi.Error):
            gone = dialect.is_disconnect(error, driver(self._conn), None)
            known = dialect.loaded_dbapi.Error
            raise DBAPIError.instance(None, None, error, known, connection_invalidated=gone, dialect=dialect) from error
