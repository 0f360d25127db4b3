"""What one use case leaves for the next: what it had read need not be read again, as long as nobody has written since.

SQLite tells both: a connection counts the rows it has changed itself (`total_changes`), and says whether another one has committed
(`data_version`); inside a transaction that began IMMEDIATE neither can move but by whoever asks. PostgreSQL numbers whoever writes:
where the next number, once the lock is ours, is the one behind our own last, nobody has written between. It numbers a whole
transaction, so what happens inside of ours is told by its connection, which counts what is said: nothing may be said between the
begin and whoever takes up, nor between whoever leaves and the commit. A storm says nothing there; what shares its commit is not
believed.

What is left is a process's memory, never the truth: whoever takes it up takes it away, and leaves it anew only once what it wrote
is on disk.
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
    """What was left, if the database is as it was then."""
    left: tuple[Stamp, Any] | None = conn.info.pop(_LEFT, None)
    return left[1] if left is not None and left[0] == _stamp(conn) else None


def carry_over(tx: Tx, what: object) -> None:
    """Leave it as of now, once this use case is on disk."""
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
