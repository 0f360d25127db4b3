"""What one use case leaves for the next is there as long as nobody has written since, and only if it is on disk itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.ground.clock import FrozenClock
from bot.store import Store, Tx, facts
from bot.store.left import leave, taken_up

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = Store(database_url, FrozenClock(AT))
    yield store
    await store.close()


def leaving(tx: Tx, what: str = "this", *, fails: bool = False) -> None:
    put(tx, "before")
    leave(tx, what)
    if fails:
        raise ValueError("no")


def put(tx: Tx, value: str) -> None:
    facts.put(tx.conn, "fact", value, tx.at)


def take(tx: Tx) -> str | None:
    found: str | None = taken_up(tx.conn)
    return found


async def test_the_next_finds_it_once(store: Store) -> None:
    found: list[tuple[str | None, str | None]] = []
    while ("this", None) not in found and len(found) < 9:  # PostgreSQL's own housekeeping takes a number now and then
        await store.write(leaving)
        await store.read(facts.get, "fact")
        await store.write(lambda tx: tx.conn.exec_driver_sql("SELECT 1").one())
        found.append((await store.write(take), await store.write(take)))
    assert found[-1] == ("this", None)


async def test_whoever_writes_nothing_leaves_nothing_that_anothers_write_could_be_taken_for(
    store: Store, database_url: str
) -> None:
    other = Store(database_url, FrozenClock(AT))
    await store.write(lambda tx: leave(tx, "this"))
    await other.write(put, "elsewhere")
    await other.close()
    assert await store.write(take) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_of_several_in_one_commit_the_last_that_left_something_is_found(store: Store) -> None:
    await asyncio.gather(store.write(leaving, "first"), store.write(leaving, "second"))
    assert await store.write(take) == "second"


async def test_it_is_gone_once_somebody_has_written(store: Store) -> None:
    await store.write(leaving)
    await store.write(put, "after")
    assert await store.write(take) is None


async def test_it_is_gone_where_somebody_wrote_in_the_same_commit(store: Store) -> None:
    await asyncio.gather(store.write(leaving), store.write(put, "beside it"))
    assert await store.write(take) is None


async def test_it_is_gone_once_another_process_has_written(store: Store, database_url: str) -> None:
    await store.write(leaving)
    other = Store(database_url, FrozenClock(AT))
    await other.write(put, "elsewhere")
    await other.close()
    assert await store.write(take) is None


async def test_whoever_fails_leaves_nothing(store: Store) -> None:
    results = await asyncio.gather(
        store.write(leaving, fails=True), store.write(take), store.write(leaving, fails=True), return_exceptions=True
    )
    assert results[1] is None
    with pytest.raises(ValueError, match="no"):
        await store.write(leaving, fails=True)
    assert await store.write(take) is None
