"""Runs statements on the database's own driver: SQLAlchemy's way to it costs 25 µs each, and a storm pays that five times a commit.

On SQLite a statement runs at once; on PostgreSQL several go in one exchange, or wait for the next one (`put_off`). Parameters
stand in the order of their places (`?` in SQLite, `$1` in PostgreSQL).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from bot.store.driver import MOVED, Statement, as_sqlalchemy_raises, driver

_PUT_OFF = "put off"


def ask(conn: Connection, asked: Sequence[Statement]) -> Sequence[Sequence[Sequence[Any]]]:
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
        driver(conn).statements.forget()


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
