"""Carries over what one use case has read to the next one, valid only if nobody has written in between.

SQLite tells whether anybody has: a connection counts the rows it has changed itself (`total_changes`) and says whether another one
has committed (`data_version`); inside a transaction that began IMMEDIATE neither changes unless this connection changes it.
PostgreSQL numbers its writing transactions: if the next number, once the lock is ours, follows our own last one, nobody has
written in between. That number covers a whole transaction, so what happens within ours is told by its connection, which counts the
statements sent: none may be sent between the begin and `carried_over`, nor between `carry_over` and the commit. In a storm none is;
whatever shares a commit with others is not trusted.

Replicas that take the same storm by turns write in between all the time, but nearly always they only count repeats. A transaction
that did nothing else says so in a sequence (`countings`): if as many have said so as have written, everything carried over is still
valid except for the counts. A transaction number taken by anybody else, in whatever way, breaks that equation; so would saying so
without having taken one, the other way round, and that is not done.

What is carried over is one process's cache, never the truth: whoever picks it up removes it, and puts it back only once what it
wrote is on disk.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection

from bot.store.driver import driver
from bot.store.store import Tx

_LEFT = "left"
"""In a connection's `info`: it goes with the connection."""
Stamp = tuple[int, int]


class Carried(NamedTuple):
    """What the last use case carried over."""

    what: Any
    counts_moved: bool
    """Whether others have counted repeats since; if not, the database is unchanged."""


def carried_over(conn: Connection) -> Carried | None:
    """What the last use case carried over, if it is still valid; else `None`."""
    left: tuple[Stamp | None, Any] | None = conn.info.pop(_LEFT, None)
    if left is None:
        return None
    then, what = left
    now = _stamp(conn)
    if then is None or now is None:
        return None
    if now == then:
        return Carried(what, counts_moved=False)
    if conn.dialect.name == "postgresql" and now[0] - then[0] == now[1] - then[1]:
        return Carried(what, counts_moved=True)
    return None


def is_first(conn: Connection) -> bool:
    """Whether nothing was done in this transaction yet, so that whoever only counts may say so of all of it."""
    return conn.dialect.name == "sqlite" or bool(driver(conn).has_just_begun)


def carry_over(tx: Tx, what: object, *, only_counted: bool = False) -> None:
    """Carry this over, once this use case is on disk.

    `only_counted`: all that the transaction wrote is how often known alerts were repeated, when last, and with which figure.
    """
    conn = tx.conn
    if conn.dialect.name == "sqlite":
        left = _stamp(conn), what
        tx.after.stands.append(lambda: conn.info.__setitem__(_LEFT, left))
        return
    postgresql = driver(conn)
    said = postgresql.statements.count
    if only_counted and tx.alone:
        postgresql.only_counted_at = said
    tx.after.stands.append(lambda: _leave_behind_commit(conn, what, said))


def _leave_behind_commit(conn: Connection, what: object, said: int) -> None:
    """Unless anything but the commit itself was said since: nobody knows what that has changed."""
    postgresql: Any = conn.connection.dbapi_connection
    if postgresql.wrote_as is not None and postgresql.statements.count == said + 1:
        conn.info[_LEFT] = (postgresql.wrote_as + 1, postgresql.countings), what


def _stamp(conn: Connection) -> Stamp | None:
    """Nothing was written between two of the same. None where that cannot be told."""
    dbapi = driver(conn)
    if conn.dialect.name != "sqlite":
        return (dbapi.next_writes_as, dbapi.countings) if dbapi.has_just_begun else None
    ((version,),) = dbapi.execute("PRAGMA data_version")
    return version, dbapi.total_changes
