"""The writer and the readers.

All writing goes through one thread. Use cases that wait at the same moment share one commit, each in a savepoint of its own,
so that one that fails takes nobody with it and a durable answer is cheap. A caller is answered after the commit, never before.

On SQLite a transaction begins IMMEDIATE, on PostgreSQL with one advisory lock: either way there is one writer at a time in the
whole installation, across replicas, and a use case may read and decide without thinking of races. Readers are another
engine that cannot write and never wait for the writer.

So two processes on one SQLite file are as safe as two replicas on PostgreSQL: each transaction sees everything before it, and what
is to be sent is claimed in one. `tests/torture` proves both with real processes. (SQLite's locks fail on network file systems.)

Nobody waits for a database that does not answer: callers get `StoreDown` within two seconds, with a sentence about what is wrong,
and the next call gets a new connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import monotonic
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import Overloaded, StoreDown
from bot.ground.clock import Clock
from bot.ground.faults import passing
from bot.store.engines import reading_engine, tell_of_movement, writing_engine
from bot.store.file import DatabaseFile
from bot.store.raw import forget, settle
from bot.store.trouble import as_down, grounded, is_locked_out, is_silence, named
from bot.store.watchdog import LOOK_EVERY, Watchdog
from oncall.values import dataclass, field, replace

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

WRITE_LOCK = 0x0B07
"""The advisory lock that makes the writer the only one in the installation (PostgreSQL)."""
LOOKS, READ_LOOKS = 3, 5
"""How many looks in a row may find the writer, or the readers, without progress: a second or two, within what Slack waits."""
KEPT_FOR_S = 1.0
"""How long the writer's connection may lie idle and still be trusted."""


@dataclass(slots=True)
class Aftermath:
    """What is done once a use case is on disk. Nothing here may fail."""

    counts: list[Callable[[], object]] = field(default_factory=list)
    """Updates of metrics, on the caller's loop."""
    stands: list[Callable[[], None]] = field(default_factory=list)
    """Called by the writer's thread right after the commit, before anything else begins."""
    wakes: bool = True
    """Whether to wake the engine: not needed if nothing became due that its next look would not find anyway."""


@dataclass(frozen=True, slots=True)
class Tx:
    """One use case's hold on the database: a connection inside a transaction, and the injected instant it happens at."""

    conn: Connection
    at: datetime
    real: datetime
    after: Aftermath = field(default_factory=Aftermath)
    kept: dict[str, Any] = field(default_factory=dict)
    """What this use case has read already and will not change: a cache for its duration."""
    alone: bool = False
    """Whether nobody shares the transaction."""


@dataclass(slots=True)
class _Job(Generic[R]):
    work: Callable[[Tx], R]
    future: asyncio.Future[R]
    loop: asyncio.AbstractEventLoop
    result: R | None = None
    error: BaseException | None = None
    after: Aftermath = field(default_factory=Aftermath)

    def stand(self) -> None:
        """The commit is on disk: run what follows, unless this one failed."""
        if self.error is None:
            for stands in self.after.stands:
                stands()


class Store:
    """Opens the database and runs use cases in it. Give it a migrated database (`bot.store.migrate.upgrade`)."""

    def __init__(self, url: str, clock: Clock, *, queue_limit: int = 20_000, server_time: bool = False) -> None:
        """With `server_time` leases follow PostgreSQL's clock: replicas whose own differ must not take each other for dead."""
        self.url = url
        self._clock = clock
        self._server_time = server_time
        self._queue_limit = queue_limit
        self._writing = Watchdog()
        self._reads = 0
        self._writer: Engine = writing_engine(url)
        tell_of_movement(self._writer, self._writing.moved)
        self._conn: Connection | None = None
        self._used = 0.0
        self._file = DatabaseFile.of(url)
        self._reader: Engine = reading_engine(url)
        tell_of_movement(self._reader, self._has_read)
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="store-reader")
        self._jobs: deque[_Job[Any]] = deque()
        self._current: list[_Job[Any]] = []
        self._looking = False
        self.trouble: str | None = None
        """What is wrong with the database, in a sentence, as far as the last write has found out."""
        self._more = threading.Condition()
        self._closing = False
        self._listeners: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._write_forever, name="store-writer", daemon=True)
        self._thread.start()

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the caller's loop after every commit that may have made something due."""
        self._listeners.append(listener)

    async def write(self, use_case: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a use case in a transaction and answer once it is on disk. Raises what the use case raises, or `Overloaded`."""
        return await self.submit(use_case, *args, **kwargs)

    def submit(self, use_case: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
        """The same without waiting: the job is queued when this returns."""
        loop = asyncio.get_running_loop()
        job: _Job[R] = _Job(lambda tx: use_case(tx, *args, **kwargs), loop.create_future(), loop)
        with self._more:
            if self._closing:
                job.future.set_exception(Overloaded("the store is closing"))
            elif len(self._jobs) >= self._queue_limit:
                job.future.set_exception(Overloaded(f"{self._queue_limit} writes are waiting already"))
            else:
                self._jobs.append(job)
                self._more.notify()
                if not self._looking:
                    self._looking = True
                    loop.call_later(LOOK_EVERY, self._look, loop)
        return job.future

    async def read(self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a query on a connection that cannot write. Raises what it raises, or `StoreDown`."""
        loop = asyncio.get_running_loop()
        reading = loop.run_in_executor(self._readers, lambda: self.read_now(query, *args, **kwargs))
        reading.add_done_callback(
            lambda done: done.cancelled() or done.exception()
        )  # perhaps nobody asks for it any more
        still, seen = 0, self._reads
        while not (await asyncio.wait((reading,), timeout=LOOK_EVERY))[0]:
            still, seen = (still + 1, seen) if seen == self._reads else (0, self._reads)
            if still >= READ_LOOKS:
                self._note(down := self._silent())
                raise down
        return reading.result()

    def read_now(self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, blocking: for the command line and for start-up."""
        with grounded(self.url), self._reader.connect() as conn:
            return _without_stop_iteration(query, conn, *args, **kwargs)

    def _has_read(self) -> None:
        """A reader has made progress. Two threads at once may count as one, which does not matter: it moves."""
        self._reads += 1

    @property
    def hangs(self) -> bool:
        """Whether the writer has stood still for longer than any of its waits can last."""
        return self._writing.hangs

    async def close(self) -> None:
        """Finish what was accepted, then let go of the database."""
        with self._more:
            self._closing = True
            self._more.notify()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        self._readers.shutdown(wait=True)
        self._writer.dispose()
        self._reader.dispose()

    def _write_forever(self) -> None:
        while True:
            with self._more:
                while not self._jobs and not self._closing:
                    self._more.wait()
                over = not self._jobs
            self._writing.moved()
            if over:
                self._disconnect()
                return
            jobs = self._commit_together()
            passing("after_commit")
            with self._more:
                self._current = []
            _answer(jobs, self._listeners)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the loop, while anybody waits: without progress everybody is told so, and what has not begun is dropped."""
        with self._more:
            waiting = [*self._current, *self._jobs]
            self._looking = bool(waiting)
            if stuck := self._writing.look(waiting=self._looking) >= LOOKS:
                self._jobs.clear()
        if self._looking:
            loop.call_later(LOOK_EVERY, self._look, loop)
        if stuck:
            down = self._silent()
            self._note(down)
            for job in waiting:
                job.loop.call_soon_threadsafe(_give_up, job, down)

    def _silent(self) -> StoreDown:
        return StoreDown(f"{named(make_url(self.url))} does not answer. It is tried again.")

    def _note(self, down: StoreDown | None) -> None:
        """Log that the database is in trouble, and that it answers again: once each."""
        told = str(down) if down is not None else None
        if told != self.trouble:
            log.error("%s", told) if told else log.warning("the database answers again")
        self.trouble = told

    def _commit_together(self) -> list[_Job[Any]]:
        """One transaction for everybody who waits once it is ours: who came while another process wrote is among them. If the
        commit itself fails, everybody hears it and nothing stands."""
        jobs: list[_Job[Any]] = []
        try:
            conn, real = self._begun()
            jobs = self._all_waiting()
            with conn.get_transaction() or conn.begin():
                tx = Tx(conn, self._clock.now(), real)
                if len(jobs) == 1:
                    alone = replace(tx, after=jobs[0].after, kept={}, alone=True)
                    jobs[0].result = _without_stop_iteration(jobs[0].work, alone)
                else:
                    for job in jobs:
                        _run_in_savepoint(tx, job)
                        self._writing.moved()
                passing("before_commit")
            self._used = monotonic()
            for job in jobs:
                job.stand()
        except BaseException as error:  # noqa: BLE001 - nobody's work was kept, so everybody must be told
            jobs = jobs or self._all_waiting()
            for job in jobs:
                job.error = job.error or error
            if isinstance(error, SQLAlchemyError | StoreDown):
                self._disconnect()
        self._judge(jobs)
        return jobs

    def _all_waiting(self) -> list[_Job[Any]]:
        with self._more:
            self._current = list(self._jobs)
            self._jobs.clear()
            return self._current

    def _judge(self, jobs: list[_Job[Any]]) -> None:
        """Tell failures caused by the database as `StoreDown`, and do not use the connection again that they happened on."""
        trouble = None
        for job in jobs:
            down = as_down(job.error, self.url) if job.error is not None else None
            if down is not None:
                job.error = trouble = down
        if trouble is not None:
            self._disconnect()
        if trouble is not None or any(job.error is None for job in jobs):
            self._note(trouble)

    def _begun(self) -> tuple[Connection, datetime]:
        """The writer's connection inside a new transaction that is the only one, and the real time by then. It is kept while
        commits follow each other; one that lay idle is asked whether it lives, and one that broke is noticed by its first
        statement and replaced."""
        self._file.must_be_there()
        if self._conn is not None and monotonic() - self._used > KEPT_FOR_S:
            self._conn.close()  # back to its engine, which looks at it before it hands it out again
            self._conn = None
        for attempt in (1, 2):
            if self._conn is None:
                self._conn = self._writer.connect()
            try:
                self._conn.begin()
                told = self._begin_alone(self._conn)
            except DBAPIError as error:
                self._disconnect()
                if attempt == 2 or not self._worth_another(error):
                    raise
            else:
                return self._conn, told if self._server_time and told else self._clock.real()
        raise AssertionError("unreachable: the loop returns or raises")

    def _begin_alone(self, conn: Connection) -> datetime | None:
        """The server's time, where there is a server."""
        if conn.dialect.name != "postgresql":
            return None
        from bot.store.postgresql import begin_alone

        return begin_alone(conn, WRITE_LOCK)

    def _worth_another(self, error: DBAPIError) -> bool:
        """Whether to try once more on a new connection: this one was dead, or the lock's holder was, and has been ended."""
        if is_locked_out(error):
            from bot.store.postgresql import end_silent_holder

            return end_silent_holder(self._writer, WRITE_LOCK)
        return error.connection_invalidated and not is_silence(error)

    def _disconnect(self) -> None:
        """Let go of a connection that may be broken."""
        conn, self._conn = self._conn, None
        if conn is not None:
            with contextlib.suppress(SQLAlchemyError):
                conn.invalidate()
                conn.close()


def _run_in_savepoint(tx: Tx, job: _Job[Any]) -> None:
    """Isolates one use case from the others that share its commit."""
    savepoint = tx.conn.begin_nested()
    try:
        job.result = _without_stop_iteration(job.work, replace(tx, after=job.after, kept={}))
        settle(tx.conn)
    except Exception as error:
        if tx.conn.invalidated:
            raise  # nobody's work stands on a connection that is gone
        forget(tx.conn)
        savepoint.rollback()
        job.error = error
    else:
        savepoint.commit()


def _without_stop_iteration(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """A `next` that finds nothing is a bug; but no future takes a `StopIteration`, and whoever waits for it would for ever."""
    try:
        return work(*args, **kwargs)
    except StopIteration as error:
        raise LookupError("something was looked for that is not there") from error


def _give_up(job: _Job[Any], down: StoreDown) -> None:
    if not job.future.done():
        job.future.set_exception(down)


def _answer(jobs: list[_Job[Any]], listeners: list[Callable[[], None]]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job[Any]]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, own in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, own, listeners)
        except RuntimeError:
            continue  # that loop is closed: nobody waits there any more, and the work is on disk


def _settle(jobs: list[_Job[Any]], listeners: list[Callable[[], None]]) -> None:
    for job in jobs:
        if job.error is None:
            for count in job.after.counts:
                count()
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
    if any(job.after.wakes for job in jobs if job.error is None):
        for listener in listeners:
            listener()
