"""libpq's pipeline mode: many statements go to PostgreSQL in one exchange, each prepared once per connection.

The driver's own way to a statement costs 30 to 60 µs of Python and a look at the socket, and a storm pays that many times with each
commit. What is on a storm's way goes to libpq's pipeline itself: it leaves together, is answered together, and fails at the first
that fails: the server leaves out all that stands behind it. It refuses to judge what an error means; parameters go as text, and the
statement says itself what they are.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.generators import fetch_many, send
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from bot.store.driver import Statement

Dumped = tuple[str, Sequence[Any]]
"""A statement, and its parameters as they go over the wire."""


class StatementPipeline:
    """One connection's pipeline, used by one thread at a time."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self._values = Transformer(conn)
        self._ready: dict[str, bytes] = {}
        self._put_off: list[Dumped] = []
        self.count = 0
        """How often anything was said on this connection, by whatever way, or put off: between two of the same nothing was."""

    def put_off(self, said: Sequence[Statement]) -> None:
        """It leaves with whatever is said next, and fails there: at the latest with the commit.

        What cannot be said at all fails here: later it would fail somebody else, and take what was put off beside it along.
        """
        self._put_off += self._dumped(said)
        self.count += 1

    def forget(self) -> None:
        """What was put off is not said any more."""
        self._put_off.clear()

    def settle(self) -> None:
        """Say what was put off."""
        if self._put_off:
            self.say(())

    def say(self, said: Sequence[Statement]) -> list[PGresult]:
        """The results of these. Raises `psycopg.Error` of the first that fails, be it one that was put off."""
        dumped = self._dumped(said)  # may fail: what was put off is not lost by that
        every, self._put_off = [*self._put_off, *dumped], []
        new = [text for text in dict.fromkeys(text for text, _ in every) if text not in self._ready]
        names = self._ready | {text: f"said_{len(self._ready) + n}".encode() for n, text in enumerate(new)}
        results = self._exchanged(
            [(text.encode(), names[text]) for text in new],
            [(names[text], values) for text, values in every],
        )
        made = [text for text, result in zip(new, results, strict=False) if result.status == ExecStatus.COMMAND_OK]
        self._ready |= {text: names[text] for text in made}
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result, encoding=self._conn.info.encoding)
        return results[len(results) - len(said) :]

    def _dumped(self, said: Sequence[Statement]) -> list[Dumped]:
        return [(text, self._values.dump_sequence(values, [PyFormat.TEXT] * len(values))) for text, values in said]

    def _exchanged(
        self, new: Sequence[tuple[bytes, bytes]], every: Sequence[tuple[bytes, Sequence[Any]]]
    ) -> list[PGresult]:
        """One result for each, as far as the server came. A connection on which that cannot be told any more is closed."""
        pgconn = self._conn.pgconn
        try:
            pgconn.enter_pipeline_mode()
            for text, name in new:
                pgconn.send_prepare(name, text)
            for name, values in every:
                pgconn.send_query_prepared(name, values)
            pgconn.pipeline_sync()
            results = self._conn.wait(_fetched(pgconn, len(new) + len(every)))
            if pgconn.status == ConnStatus.OK:
                pgconn.exit_pipeline_mode()
        except BaseException:
            self._conn.close()
            raise
        return results

    def rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)


def _fetched(pgconn: PGconn, count: int) -> Generator[Any, Any, list[PGresult]]:
    """The results of so many statements, in their order, once the server has said that these were all."""
    yield from send(pgconn)
    results = []
    for _ in range(count):
        results += yield from fetch_many(pgconn)
    yield from fetch_many(pgconn)
    return results
