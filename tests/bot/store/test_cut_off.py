"""A database that falls silent: nobody waits for it, nobody keeps its lock, and the next write finds it when it is back.

Against a real PostgreSQL behind a network that swallows bytes, in real time: the bounds are the promise.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import Connection

from bot.errors import StoreDown
from bot.ground.clock import FrozenClock
from bot.store import Store, Tx, facts, postgresql
from bot.store.store import WRITE_LOCK
from tests.torture.proxy import Proxy, proxy

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SOON = 6.0
"""Seconds: two, and what a machine needs that runs other tests beside this one."""
BACK = 15.0
"""The same: ten, and five more."""

pytestmark = [
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
    pytest.mark.usefixtures("impatient"),
]


@pytest.fixture(autouse=True)
def real_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the product, which other tests do not hold their machine to."""
    monkeypatch.setitem(postgresql.SERVER, "idle_in_transaction_session_timeout", str(postgresql.IDLE_MS))
    monkeypatch.setitem(postgresql.SERVER, "statement_timeout", str(postgresql.STATEMENT_MS))
    monkeypatch.setattr(postgresql.Connection, "patience", postgresql.PATIENCE_S)


@pytest.fixture
async def network(database_url: str) -> AsyncIterator[Proxy]:
    async with proxy(database_url) as between:
        yield between


@pytest.fixture
async def cut_off(database_url: str, network: Proxy) -> AsyncIterator[Store]:
    """The replica behind that network."""
    store = Store(network.url(database_url), FrozenClock(AT))
    yield store
    await store.close()


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Store]:
    """A replica that is well."""
    store = Store(database_url, FrozenClock(AT))
    yield store
    await store.close()


def put(tx: Tx, name: str) -> None:
    facts.put(tx.conn, name, 1, tx.at)


async def comes_back(store: Store, name: str) -> float:
    """Seconds until a write and a read succeed, asked as senders and the engine ask: again, in a moment."""
    began = time.monotonic()
    while True:
        try:
            await store.write(put, name)
            assert await store.read(facts.get, name) == 1
            return time.monotonic() - began
        except StoreDown:
            await asyncio.sleep(0.2)


async def test_a_writer_that_is_cut_off_in_the_middle_of_a_write_does_not_keep_its_lock(
    network: Proxy, cut_off: Store, other: Store
) -> None:
    holds, goes_on = threading.Event(), threading.Event()

    def held_up(tx: Tx) -> None:
        put(tx, "half")
        holds.set()
        assert goes_on.wait(10)
        put(tx, "never")

    await cut_off.write(put, "before")
    half = asyncio.create_task(cut_off.write(held_up))
    assert await asyncio.to_thread(holds.wait, 10)
    network.cut()
    goes_on.set()
    began = time.monotonic()
    with pytest.raises(StoreDown, match="does not answer"):
        await half
    assert time.monotonic() - began < SOON, "whoever asked was kept waiting"
    await comes_back(other, "others")
    assert time.monotonic() - began < BACK, "the lock outlived its holder's silence"
    network.mend()
    assert await comes_back(cut_off, "again") < BACK
    assert [await other.read(facts.get, name) for name in ("before", "half", "never", "again")] == [1, None, None, 1]


async def test_a_holder_whose_statement_was_cut_off_between_two_messages_is_ended_by_who_waits(
    database_url: str, other: Store
) -> None:
    """Many rows are sent as several messages. Without the last, the server calls the session neither idle nor at work."""
    half = psycopg.connect(database_url.replace("+psycopg", "", 1), options="-c idle_in_transaction_session_timeout=4s")
    half.pgconn.enter_pipeline_mode()
    for statement in (b"BEGIN", b"SELECT pg_advisory_xact_lock(%d)" % WRITE_LOCK):
        half.pgconn.send_query_params(statement, None)
    half.pgconn.send_flush_request()
    half.pgconn.flush()
    await other.read(holds_the_lock)
    assert await comes_back(other, "after") < BACK
    half.pgconn.finish()


def holds_the_lock(conn: Connection) -> None:
    while not conn.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted").scalar():
        time.sleep(0.05)


async def test_after_a_silent_failover_idle_connections_are_not_trusted(network: Proxy, cut_off: Store) -> None:
    """Nobody used the database while it was away, so nobody knows that every connection is dead."""
    await cut_off.write(put, "before")
    assert await cut_off.read(facts.get, "before") == 1
    network.cut()
    await asyncio.to_thread(drop, cut_off)
    network.mend()
    assert await comes_back(cut_off, "after") < BACK


def drop(store: Store) -> None:
    """Something is lost on each connection: from here on it is dead. (A reader's, as the writer's is looked at anyway.)"""

    def look(conn: Connection) -> None:
        facts.get(conn, "before")

    with pytest.raises(StoreDown):
        store.read_now(look)


async def test_while_nothing_answers_each_one_who_asks_hears_so_soon_and_what_had_not_begun_is_not_done_later(
    network: Proxy, cut_off: Store, other: Store
) -> None:
    await cut_off.write(put, "before")
    network.cut()
    began = time.monotonic()
    asked = await asyncio.gather(*(cut_off.write(put, f"n{n}") for n in range(20)), return_exceptions=True)
    assert time.monotonic() - began < SOON
    assert {type(one) for one in asked} == {StoreDown}
    late = asyncio.create_task(cut_off.write(put, "late"))
    with pytest.raises(StoreDown):
        await late
    network.mend()
    await comes_back(cut_off, "after")
    assert [await other.read(facts.get, name) for name in ("late", "after")] == [None, 1]


async def test_a_server_that_is_stopped_and_started_again_is_found_again(network: Proxy, cut_off: Store) -> None:
    await cut_off.write(put, "before")
    await network.stop()
    with pytest.raises(StoreDown, match=r"cannot be reached\. Is it up"):
        await cut_off.write(put, "meanwhile")
    assert cut_off.trouble is not None and "cannot be reached" in cut_off.trouble
    await network.start()
    assert await comes_back(cut_off, "after") < BACK
    assert cut_off.trouble is None
