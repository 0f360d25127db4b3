"""A connection to PostgreSQL on which nothing is waited for without an end.

A network that swallows bytes, a node that is stopped or a silent failover leaves a socket that looks well: the kernel at the
other end, or a proxy in between, acknowledges what nobody reads. So each exchange has a deadline of its own here, and the server
is told to let go of whoever falls silent. It refuses to try again: the store does.

The bounds stand in one order, so that whoever knows most speaks first: the server ends a transaction that idles, then a wait for a
lock, then a statement, and at last this side gives the connection up.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import psycopg
from psycopg._preparing import PrepareManager
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import URL, Engine
from sqlalchemy import Connection as SQLAlchemyConnection

from bot.store.driver import MOVED, Statement, as_sqlalchemy_raises, driver
from bot.store.pipeline import StatementPipeline

CONNECT_S = 2
"""For one host to answer; libpq takes no less."""
PING_S = 2.0
"""For a connection that lay idle to show that it is alive."""
IDLE_MS, LOCK_MS, STATEMENT_MS = 4_000, 4_500, 5_000
PATIENCE_S = 6.0
"""For one exchange."""

SERVER = {
    "synchronous_commit": "on",
    "timezone": "UTC",
    "idle_in_transaction_session_timeout": str(IDLE_MS),
    "lock_timeout": str(LOCK_MS),
    "statement_timeout": str(STATEMENT_MS),
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "5000",
}
_READER = {"default_transaction_read_only": "on", "default_transaction_isolation": r"repeatable\ read"}
_CLIENT = {
    "connect_timeout": CONNECT_S,
    "keepalives": 1,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}


class Silence(psycopg.OperationalError):
    """The server did not answer in time. What it was asked may have been done, so nobody asks it again by himself."""

    silent = True


_BEGIN, _COMMIT, _ROLLBACK = (("BEGIN", ()), ("COMMIT", ()), ("ROLLBACK", ()))
_AS_OF = (
    "SELECT clock_timestamp(), txid_snapshot_xmax(txid_current_snapshot()), (SELECT last_value FROM countings)",
    (),
)
_NUMBER = ("SELECT txid_current_if_assigned(), NULL::bigint", ())
_NUMBER_COUNTING = (
    "SELECT txid_current_if_assigned(), CASE WHEN txid_current_if_assigned() IS NOT NULL THEN nextval('countings') END",
    (),
)
"""Counted only with a number taken: who wrote nothing has none, and one counted too many would pass for somebody else's change."""


class _Kept(PrepareManager):
    """What was made ready stays so: nothing is said here that makes or drops a table, so a rollback takes none of it back.

    The driver would make it ready again after each: a reader's every question ends with one, and the engine's takes 20 ms to plan.
    """

    def clear(self) -> bool:
        return False


class Connection(psycopg.Connection[Any]):
    """A connection whose every exchange ends: answered, or broken off."""

    patience = PATIENCE_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepared = _Kept()
        self.statements = StatementPipeline(self)
        self.next_writes_as = 0
        """The number of whoever writes next, as of when the lock was last ours."""
        self.wrote_as: int | None = None
        """That of our last transaction, if it wrote anything."""
        self.begun_at: int | None = None
        """How much had been said once the lock was last ours."""
        self.countings = 0
        """How many transactions had only counted by then, and ours with them if it was one."""
        self.only_counted_at: int | None = None
        """How much had been said when our transaction was known to be one, if it was."""

    @property
    def has_just_begun(self) -> bool:
        """Whether nothing was said since the lock is ours, so that nothing is changed but by those who had it before."""
        return self.statements.count == self.begun_at

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        """psycopg hands each exchange in here, and wakes it every tenth of a second. Raises `Silence`."""
        self.statements.settle()
        self.statements.count += 1
        return super().wait(self._bounded(gen), *args, **kwargs)

    def _bounded(self, exchange: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        until = monotonic() + self.patience
        try:
            wanted = next(exchange)
            while True:
                ready = yield wanted
                if not ready and monotonic() > until:
                    self.close()  # what the server may still say would be taken for the answer to something else
                    raise Silence(f"no answer within {self.patience:g} s")
                wanted = exchange.send(ready)
        except StopIteration as end:
            return end.value

    def say(self, said: Sequence[Statement]) -> list[PGresult]:
        """All of this in one exchange, in a transaction as the driver begins one by itself."""
        if not self.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE:
            return self.statements.say([_BEGIN, *said])[1:]
        return self.statements.say(said)

    def commit(self) -> None:
        """With what was put off. Raises where a statement had failed, for which the server answers `COMMIT` by undoing it all."""
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            only_counted = self.only_counted_at == self.statements.count
            number, _ = self.statements.say([_NUMBER_COUNTING if only_counted else _NUMBER, _COMMIT])
            ((self.wrote_as, countings),) = self.statements.rows(number)
            if countings is not None:
                self.countings = countings

    def rollback(self) -> None:
        self.statements.forget()
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            self.statements.say([_ROLLBACK])

    def ping(self) -> None:
        """Raises `psycopg.Error` unless the server answers soon. Outside a transaction only."""
        self.patience = PING_S
        try:
            self.autocommit = True
            self.execute("SELECT 1")
            self.autocommit = False
        finally:
            self.patience = PATIENCE_S


def arguments(url: URL, *, writer: bool) -> dict[str, Any]:
    """How to connect: what `DATABASE_URL` says itself counts."""
    session = SERVER if writer else SERVER | _READER
    options = " ".join(f"-c {name}={value}" for name, value in session.items())
    own = client(url)
    if writer and "target_session_attrs" not in url.query:
        own["target_session_attrs"] = "read-write"  # not a node that a failover has made a standby
    return own | {"options": f"{options} {url.query.get('options', '')}".strip()}


def client(url: URL) -> dict[str, Any]:
    """What this side does to notice that nobody is there."""
    return {name: value for name, value in _CLIENT.items() if name not in url.query}


def connect(*args: Any, **kwargs: Any) -> Connection:
    return Connection.connect(*args, **kwargs)


def begin_alone(conn: SQLAlchemyConnection, key: int) -> datetime:
    """Begin the transaction that holds this advisory lock, in one exchange. Answers with the server's time once it has it.

    The driver begins none by itself then: it would take another exchange for it, and a storm waits for each.
    """
    dbapi = driver(conn)
    with as_sqlalchemy_raises(conn):
        if not dbapi.autocommit:
            dbapi.autocommit = True
    at: datetime
    *_, [as_of] = answers(conn, [_BEGIN, ("SELECT pg_advisory_xact_lock($1)", (key,)), _AS_OF])
    at, dbapi.next_writes_as, dbapi.countings = as_of
    dbapi.begun_at = dbapi.statements.count
    return at.astimezone(UTC)


def answers(conn: SQLAlchemyConnection, asked: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """The rows that answer each of these, all asked in one exchange."""
    statements = driver(conn).statements
    return [statements.rows(result) for result in _said(conn, asked)]


def touched(conn: SQLAlchemyConnection, text: str, rows: Sequence[Sequence[Any]]) -> int:
    """Do it with each of these, all in one exchange. How many rows it touched."""
    return sum(result.command_tuples or 0 for result in _said(conn, [(text, row) for row in rows]))


def put_off(conn: SQLAlchemyConnection, text: str, rows: Sequence[Sequence[Any]]) -> None:
    """The same with the next exchange, whatever that is."""
    dbapi = driver(conn)
    with as_sqlalchemy_raises(conn):
        dbapi.statements.put_off([(text, row) for row in rows])


def settle(conn: SQLAlchemyConnection) -> None:
    """Do what was put off."""
    with as_sqlalchemy_raises(conn):
        driver(conn).statements.settle()


def _said(conn: SQLAlchemyConnection, said: Sequence[Statement]) -> list[PGresult]:
    dbapi: Connection = driver(conn)
    with as_sqlalchemy_raises(conn):
        results = dbapi.say(said)
    if (moved := conn.info.get(MOVED)) is not None:
        moved()
    return results


_SILENT_HOLDER = """
    SELECT pg_terminate_backend(held.pid)
    FROM pg_locks AS held JOIN pg_stat_activity AS session USING (pid)
    WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1 AND held.classid = 0 AND held.objid = {key}
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND session.wait_event = 'ClientRead' AND session.state_change < clock_timestamp() - interval '{idle} milliseconds'
"""


def end_silent_holder(engine: Engine, key: int) -> bool:
    """End the session that holds an advisory lock and waits for a client that says nothing. Whether there was one.

    The server's own time-out counts only between transactions' statements: one whose statement was cut off between two messages
    (many rows are sent in several) is neither idle nor at work, and would keep the lock until its connection breaks.
    """
    with engine.connect() as conn:
        ended = conn.exec_driver_sql(_SILENT_HOLDER.format(key=key, idle=IDLE_MS)).all()
        conn.rollback()
    return bool(ended)


def is_alive(dbapi: Connection) -> bool:
    try:
        dbapi.ping()
    except psycopg.Error:
        return False
    return True
