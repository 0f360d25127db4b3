"""What one use case leaves for the next is there as long as nobody has written since, and only if it is on disk itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.alerts import Alert
from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.store import Store, Tx, alerts, facts, incidents
from bot.store.carry_over import Carried, carried_over, carry_over
from bot.usecases.batch import working_set
from bot.usecases.batch.known import Known
from bot.usecases.incidents import acknowledge, resolve
from bot.usecases.intake import take_batches
from oncall.values import replace
from tests.bot.store.test_pipeline import put_off
from tests.bot.usecases.house import ALL, SHIPPED, A

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = Store(database_url, FrozenClock(AT))
    yield store
    await store.close()


def leaving(tx: Tx, what: str = "this", *, fails: bool = False) -> None:
    put(tx, "before")
    carry_over(tx, what)
    if fails:
        raise ValueError("no")


def put(tx: Tx, value: str) -> None:
    facts.put(tx.conn, "fact", value, tx.at)


def take(tx: Tx) -> str | None:
    left = carried_over(tx.conn)
    return left.what if left is not None else None


def put_and_take(tx: Tx) -> str | None:
    put(tx, "by itself")
    return take(tx)


def put_off_and_take(tx: Tx, key: str) -> str | None:
    put_off(tx, key)
    return take(tx)


def carry_over_and_put(tx: Tx) -> None:
    leaving(tx)
    put(tx, "later")


def carry_over_and_put_off(tx: Tx) -> None:
    leaving(tx)
    put_off(tx, "later")


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
    await store.write(lambda tx: carry_over(tx, "this"))
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


async def test_it_is_gone_where_the_same_commit_has_written_something_before_it_is_taken_up(store: Store) -> None:
    for turn in range(3):  # an unlucky number of PostgreSQL's own would hide it
        await store.write(leaving)
        beside = await asyncio.gather(store.write(put, "before it"), store.write(take))
        await store.write(leaving)
        by_itself = await store.write(put_and_take)
        await store.write(leaving)
        assert (beside[1], by_itself, await store.write(put_off_and_take, f"{turn}")) == (None, None, None)


async def test_it_is_gone_where_its_own_use_case_wrote_after_leaving_it(store: Store) -> None:
    await store.write(carry_over_and_put)
    assert await store.write(take) is None
    await store.write(carry_over_and_put_off)
    assert await store.write(take) is None


async def test_a_page_is_not_lost_where_a_person_resolves_in_the_commit_that_brings_the_alert_anew(
    store: Store,
) -> None:
    ctx = Context(SHIPPED, ALL)
    assert await post(store, AT) == "opened"
    assert await post(store, AT) == "repeated"
    _, [taken] = await asyncio.gather(
        store.write(resolve, ctx, 1, A, "done"), store.write(take_batches, ctx, [[fires(AT + timedelta(minutes=5))]])
    )
    assert taken.verdicts == ("reopened",)


async def test_a_repeat_is_counted_in_the_commit_in_which_a_person_acknowledges(store: Store) -> None:
    ctx = Context(SHIPPED, ALL)
    for _ in range(3):
        await post(store, AT)
    acknowledged, _ = await asyncio.gather(
        store.write(acknowledge, ctx, 1, A), store.write(take_batches, ctx, [[fires(AT)]])
    )
    await post(store, AT)
    counted = await store.read(incidents.load, 1)
    assert (counted.repeats, counted.state, acknowledged.repeats) == (4, "acknowledged", 2)


async def test_a_plain_storm_takes_up_what_its_last_batch_left(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Known | None] = []

    def noted(conn: Connection) -> Carried | None:
        left = carried_over(conn)
        found.append(left.what if left else None)
        return left

    monkeypatch.setattr(working_set, "carried_over", noted)
    await post(store, AT)
    while not (found and found[-1] and found[-1].open) and len(found) < 50:  # others on this server take numbers, too
        await post(store, AT)
    assert found[-1] and found[-1].open


async def post(store: Store, starts_at: datetime, **fields: Any) -> str:
    [taken] = await store.write(take_batches, Context(SHIPPED, ALL), [[fires(starts_at, **fields)]])
    return taken.verdicts[0]


def fires(starts_at: datetime, until: datetime | None = AT + timedelta(hours=2), value: str | None = None) -> Alert:
    return Alert(
        source="prometheus",
        key="key",
        status="firing",
        summary="x",
        rule="video_crash_rate_high",
        starts_at=starts_at,
        ends_at=until,
        value=value,
    )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_another_replica_only_counts_leaves_the_rest_as_it_was(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[bool | None] = []

    def noted(conn: Connection) -> Carried | None:
        left = carried_over(conn)
        moved.append(left.counts_moved if left else None)
        return left

    other, posted = Store(database_url, FrozenClock(AT)), 0
    monkeypatch.setattr(working_set, "carried_over", noted)
    while moved[-2:] != [True, True] and posted < 60:  # others on this server take numbers, too
        for replica in (store, other):
            await post(replica, AT, until=None, value=f"{posted}%")
            posted += 1
    assert moved[-2:] == [True, True]
    counted, (seen,) = await store.read(incidents.load, 1), await store.read(alerts.of_incident, 1)
    assert (counted.repeats, seen.count, counted.value, seen.value) == (
        posted - 1,
        posted,
        f"{posted - 1}%",
        f"{posted - 1}%",
    )
    await other.write(resolve, Context(SHIPPED, ALL), 1, A, "done")
    assert await post(store, AT + timedelta(minutes=5), until=None) == "reopened"
    await other.close()


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_batch_that_counts_hides_no_other_change(store: Store, database_url: str, together: bool) -> None:
    other, ctx = Store(database_url, FrozenClock(AT)), Context(SHIPPED, ALL)
    over, nothing = [replace(fires(AT, None), status="resolved")], list[Alert]()

    def ends(tx: Tx) -> None:
        take_batches(tx, ctx, [over])
        take_batches(tx, ctx, [nothing])

    await post(store, AT, until=None)
    for _ in range(3):
        assert [await post(store, AT, until=None) for _ in range(2)] == ["repeated"] * 2
        if together:
            await other.write(ends)
        else:
            await other.write(take_batches, ctx, [nothing])
            await other.write(take_batches, ctx, [over])
        assert await post(store, AT, until=None) == "reopened"
    await other.close()


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
