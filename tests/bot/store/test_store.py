"""The writer's promises, on both databases: what is answered is kept, and one failure takes nobody along."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, create_engine, text

from bot.errors import Overloaded, StoreDown
from bot.ground.clock import FrozenClock
from bot.store import Store, Tx, facts

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = Store(database_url, FrozenClock(AT))
    yield store
    await store.close()


def put(tx: Tx, name: str, value: object = 1) -> str:
    facts.put(tx.conn, name, value, tx.at)
    return name


def put_and_fail(tx: Tx, name: str) -> None:
    put(tx, name)
    raise ValueError("no")


async def test_what_was_answered_is_there_for_every_reader(store: Store) -> None:
    assert await store.write(put, "one", {"a": [1, "ü"]}) == "one"
    assert await store.read(facts.get, "one") == {"a": [1, "ü"]}


async def test_a_use_case_that_fails_is_undone_and_those_beside_it_stand(store: Store) -> None:
    jobs = [store.write(put, "before"), store.write(put_and_fail, "broken"), store.write(put, "after")]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(result) for result in results] == [str, ValueError, str]
    assert [await store.read(facts.get, name) for name in ("before", "broken", "after")] == [1, None, 1]


async def test_many_waiting_use_cases_are_all_kept(store: Store) -> None:
    await asyncio.gather(*(store.write(put, f"n{i}", i) for i in range(300)))
    assert [await store.read(facts.get, f"n{i}") for i in (0, 150, 299)] == [0, 150, 299]


async def test_a_reader_cannot_write(store: Store) -> None:
    def sneak(conn: Connection) -> None:
        conn.execute(text("INSERT INTO once (key, at) VALUES ('x', 1)"))

    with pytest.raises(Exception, match=r"read.?only"):
        await store.read(sneak)


async def test_what_a_reader_sees_is_of_one_moment(store: Store) -> None:
    await store.write(put, "value", "old")
    looked, written = threading.Event(), threading.Event()

    def look_twice(conn: Connection) -> tuple[object, object]:
        first = facts.get(conn, "value")
        looked.set()
        assert written.wait(10)
        return first, facts.get(conn, "value")

    reader = asyncio.create_task(store.read(look_twice))
    assert await asyncio.to_thread(looked.wait, 10)
    await store.write(put, "value", "new")
    written.set()
    assert await reader == ("old", "old")
    assert await store.read(facts.get, "value") == "new"


async def test_a_key_is_met_for_the_first_time_once(store: Store) -> None:
    def meet(tx: Tx, key: str) -> bool:
        return facts.first_time(tx.conn, key, tx.at)

    assert await asyncio.gather(*(store.write(meet, "event") for _ in range(20))) == [True] + [False] * 19


async def test_old_keys_are_let_go(store: Store) -> None:
    def meet(tx: Tx) -> bool:
        return facts.first_time(tx.conn, "old", tx.at)

    await store.write(meet)
    await store.write(lambda tx: facts.forget_before(tx.conn, AT + timedelta(days=1)))
    assert await store.write(meet)


async def test_past_its_limit_the_queue_refuses_instead_of_growing(sqlite_url: str) -> None:
    store = Store(sqlite_url, FrozenClock(AT), queue_limit=3)
    results = await asyncio.gather(*(store.write(put, f"n{i}") for i in range(2000)), return_exceptions=True)
    refused = sum(isinstance(result, Overloaded) for result in results)
    kept = [result for result in results if isinstance(result, str)]
    assert refused > 0 and kept
    assert all([await store.read(facts.get, name) == 1 for name in kept])
    await store.close()


async def test_two_stores_on_one_database_lose_nothing(database_url: str) -> None:
    """Two processes on one SQLite file, or two replicas on one PostgreSQL: writers take turns."""
    stores = [Store(database_url, FrozenClock(AT)) for _ in range(2)]

    def count_up(tx: Tx) -> None:
        facts.put(tx.conn, "count", (facts.get(tx.conn, "count") or 0) + 1, tx.at)

    await asyncio.gather(*(store.write(count_up) for _ in range(100) for store in stores))
    assert await stores[0].read(facts.get, "count") == 200
    for store in stores:
        await store.close()


async def test_what_was_accepted_before_closing_is_kept(database_url: str) -> None:
    store = Store(database_url, FrozenClock(AT))
    waiting = [asyncio.create_task(store.write(put, f"n{i}")) for i in range(50)]
    await asyncio.sleep(0)
    await store.close()
    assert len(await asyncio.gather(*waiting)) == 50
    again = Store(database_url, FrozenClock(AT))
    assert await again.read(facts.get, "n49") == 1
    await again.close()


async def test_a_search_that_finds_nothing_hangs_nobody(store: Store) -> None:
    """A future takes no `StopIteration`: it would wait for ever, and so would everybody who shares its commit."""

    def search(_: object) -> object:
        return next(iter(()))

    beside = store.write(put, "beside")
    results = await asyncio.gather(store.write(search), beside, store.read(search), return_exceptions=True)
    assert [type(result) for result in results] == [LookupError, str, LookupError]


async def test_a_use_case_that_fails_alone_is_undone_and_the_next_one_stands(store: Store) -> None:
    with pytest.raises(ValueError, match="no"):
        await store.write(put_and_fail, "broken")
    await store.write(put, "next")
    assert [await store.read(facts.get, name) for name in ("broken", "next")] == [None, 1]


async def test_a_database_server_that_was_restarted_costs_no_write(store: Store) -> None:
    """The writer keeps its connection; one that the server has cut is replaced before anything is written."""
    if not store.url.startswith("postgresql"):
        pytest.skip("SQLite has no server")
    await store.write(put, "before")
    engine = create_engine(store.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as admin:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        admin.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    engine.dispose()
    await store.write(put, "after")
    assert [await store.read(facts.get, name) for name in ("before", "after")] == [1, 1]


async def test_a_connection_that_breaks_takes_everybody_who_shares_its_commit_with_it_and_nobody_else(
    store: Store,
) -> None:
    if not store.url.startswith("postgresql"):
        pytest.skip("SQLite has no server")

    def breaks(tx: Tx) -> None:
        tx.conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    await store.write(put, "before")
    names = ("one", "two", "three")
    jobs = [store.write(put, "one"), store.write(breaks), store.write(put, "two"), store.write(put, "three")]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert {type(result) for result in results} <= {str, StoreDown}
    for name, result in zip(names, (results[0], *results[2:]), strict=True):
        assert (await store.read(facts.get, name) == 1) is isinstance(result, str), "told what is so"
    await store.write(put, "after")


async def test_only_work_that_may_be_due_wakes_the_engine(store: Store) -> None:
    woken: list[int] = []
    store.on_commit(lambda: woken.append(1))

    def quietly(tx: Tx) -> None:
        tx.after.wakes = False

    await store.write(quietly)
    assert woken == []
    await asyncio.gather(store.write(quietly), store.write(put, "loud"))
    assert len(woken) == 1


async def test_leases_follow_the_servers_clock_where_replicas_share_one(database_url: str) -> None:
    store = Store(database_url, FrozenClock(AT), server_time=True)
    real = await store.write(lambda tx: tx.real)
    await store.close()
    if database_url.startswith("postgresql"):
        assert abs(real - datetime.now(UTC)) < timedelta(minutes=1)
    else:
        assert real == AT
