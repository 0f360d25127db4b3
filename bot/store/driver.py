"""The driver's own connection underneath SQLAlchemy's, for statements that do not go SQLAlchemy's way (`raw`, `postgresql`).

What else hangs on that way is kept here: errors are raised as SQLAlchemy raises them, and the store hears that something moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

MOVED = "moved"
"""In a connection's `info`: what is to be called when a statement has come to its end."""
Statement = tuple[str, Sequence[Any]]
"""A statement, and its parameters."""


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
