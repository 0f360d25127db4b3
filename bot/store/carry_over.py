"""Carries over what one use case has read to the next one, valid only if nobody has written in between.

SQLite tells whether anybody has: a connection counts the rows it has changed itself (`total_changes`) and says whether another one
has committed (`data_version`); inside a transaction that began IMMEDIATE neither changes unless this connection changes it.
PostgreSQL numbers its writing transactions: if the next number, once the lock is ours, follows our own last one, nobody has
written in between. That number covers a whole transaction, so what happens within ours is told by its connection, which counts the
statements sent: none may be sent between the begin and `carried_over`, nor between `carry_over` and the commit. In a storm none is;
whatever shares a commit with others is not trusted.

What is carried over is one process's cache, never the truth: whoever picks it up removes it, and puts it back only once what it
wrote is on disk.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.store.driver import driver
from bot.store.store import Tx

_LEFT = "left"
"""In a connection's `info`: it goes with the connection."""
Stamp = tuple[int, ...]


def carried_over(conn: Connection) -> Any | None:
    """What the last use case carried over, if the database has not changed since; else `None`."""
    left: tuple[Stamp, Any] | None = conn.info.pop(_LEFT, None)
    return left[1] if left is not None and left[0] == _stamp(conn) else None


def carry_over(tx: Tx, what: object) -> None:
    """Carry this over, once this use case is on disk."""
    conn = tx.conn
    if conn.dialect.name == "sqlite":
        left = _stamp(conn), what
        tx.after.stands.append(lambda: conn.info.__setitem__(_LEFT, left))
    else:
        said = driver(conn).statements.count
        tx.after.stands.append(lambda: _leave_behind_commit(conn, what, said))


def _leave_behind_commit(conn: Connection, what: object, said: int) -> None:
    """Unless anything but the commit itself was said since: nobody knows what that has changed."""
    postgresql: Any = conn.connection.dbapi_connection
    if postgresql.wrote_as is not None and postgresql.statements.count == said + 1:
        conn.info[_LEFT] = (postgresql.wrote_as + 1,), what


def _stamp(conn: Connection) -> Stamp | None:
    """Nothing was written between two of the same. None where that cannot be told."""
    dbapi = driver(conn)
    if conn.dialect.name != "sqlite":
        return (dbapi.next_writes_as,) if dbapi.has_just_begun else None
    ((version,),) = dbapi.execute("PRAGMA data_version")
    return version, dbapi.total_changes
