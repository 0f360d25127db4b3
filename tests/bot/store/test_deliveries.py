"""The outbox's promises, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, select

from bot.ground.clock import FrozenClock
from bot.store import Store, Tx, claims, deliveries, prepared, raw, schema
from bot.store.deliveries import Claimed, Delivery, Lane
from bot.store.driver import Statement
from bot.store.due import Questions

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=10)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(AT)


@pytest.fixture
async def store(database_url: str, clock: FrozenClock) -> AsyncIterator[Store]:
    store = Store(database_url, clock)
    yield store
    await store.close()


def put(tx: Tx, *new: Delivery) -> None:
    deliveries.add(tx.conn, new, tx.at)


def claim(tx: Tx, lane: Lane = "talk", owner: str = "me", limit: int = 10) -> list[Claimed]:
    claims.recover(tx.conn, tx.at, tx.real)
    return claims.claim(tx.conn, lane, owner=owner, at=tx.at, real=tx.real, lease=LEASE, limit=limit)


def some(key: str, line: str | None = None, lane: Lane = "talk", due: datetime | None = None) -> Delivery:
    return Delivery(kind="notice", lane=lane, line=line or key, key=key, payload={"text": key}, due_at=due)


def keys(claimed: list[Claimed]) -> list[str]:
    return [one.key for one in claimed]


async def test_what_is_due_is_claimed_once(store: Store) -> None:
    await store.write(put, some("a"), some("later", due=AT + timedelta(minutes=1)))
    assert keys(await store.write(claim)) == ["a"]
    assert await store.write(claim) == []


async def test_five_replicas_claim_each_delivery_once(database_url: str, store: Store, clock: FrozenClock) -> None:
    await store.write(put, *(some(f"n{n}") for n in range(100)))
    others = [Store(database_url, clock) for _ in range(4)]
    claims = (each.write(claim, limit=3) for _ in range(10) for each in (store, *others))
    taken = [one for batch in await asyncio.gather(*claims) for one in keys(batch)]
    assert sorted(taken) == sorted(f"n{n}" for n in range(100))
    for each in others:
        await each.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_row_that_somebody_holds_in_postgresql_holds_up_no_other_claim(store: Store) -> None:
    await store.write(put, some("held"), some("free"))
    engine = create_engine(store.url)
    with engine.connect() as psql:
        psql.execute(select(schema.deliveries.c.id).where(schema.deliveries.c.key == "held").with_for_update())
        assert keys(await store.write(claim)) == ["free"]
    assert keys(await store.write(claim)) == ["held"]
    engine.dispose()


async def test_a_line_waits_for_its_first(store: Store) -> None:
    await store.write(put, some("first", "thread:1"), some("second", "thread:1"), some("other", "thread:2"))
    taken = await store.write(claim)
    assert keys(taken) == ["first", "other"]
    assert await store.write(claim) == []
    await store.write(lambda tx: claims.done(tx.conn, taken[0].id, tx.at, {}))
    assert keys(await store.write(claim)) == ["second"]


async def test_a_line_waits_for_its_first_also_while_that_is_to_be_tried_again(
    store: Store, clock: FrozenClock
) -> None:
    await store.write(put, some("first", "thread:1"), some("second", "thread:1"))
    (first,) = await store.write(claim)
    await store.write(lambda tx: claims.again(tx.conn, first.id, tx.at, tx.at + timedelta(seconds=5), "busy"))
    assert await store.write(claim) == []
    clock.advance(timedelta(seconds=5))
    assert keys(await store.write(claim)) == ["first"]


async def test_a_redraw_that_waits_already_is_not_doubled(store: Store) -> None:
    await store.write(put, some("redraw:card:1"), some("redraw:card:1"))
    await store.write(put, some("redraw:card:1"))
    assert len(await store.write(claim)) == 1


async def test_a_redraw_asked_for_while_one_is_leaving_waits_behind_it(store: Store) -> None:
    await store.write(put, some("redraw:card:1"))
    (leaving,) = await store.write(claim)
    await store.write(put, some("redraw:card:1"))
    assert await store.write(claim) == []
    await store.write(lambda tx: claims.done(tx.conn, leaving.id, tx.at, {}))
    assert len(await store.write(claim)) == 1


async def test_a_failed_redraw_gives_way_to_the_newer_one(store: Store) -> None:
    await store.write(put, some("redraw:card:1"))
    (leaving,) = await store.write(claim)
    await store.write(put, some("redraw:card:1"))
    assert not await store.write(lambda tx: claims.again(tx.conn, leaving.id, tx.at, tx.at, "slow"))
    assert len(await store.write(claim)) == 1


async def test_what_a_dead_process_held_comes_back_marked_as_a_possible_repeat(
    store: Store, clock: FrozenClock
) -> None:
    await store.write(put, some("a"))
    (held,) = await store.write(claim, "talk", "dead")
    assert not held.repeat
    clock.advance(LEASE)
    assert await store.write(claim, "talk", "alive") == []
    clock.advance(timedelta(seconds=1))
    (back,) = await store.write(claim, "talk", "alive")
    assert back.key == "a" and back.repeat and back.attempts == 2


async def test_a_limit_takes_the_oldest_first(store: Store) -> None:
    await store.write(put, *(some(f"n{i}", due=AT - timedelta(seconds=i)) for i in range(5)))
    assert keys(await store.write(claim, "talk", "me", 2)) == ["n4", "n3"]


async def earliest(store: Store) -> datetime | None:
    answers = await store.read(Questions({str(n): question for n, question in enumerate(claims.EARLIEST)}).ask)
    return min((at for at in answers.values() if at is not None), default=None)


async def test_the_next_due_time_is_that_of_what_waits(store: Store) -> None:
    await store.write(
        put, some("a", lane="page", due=AT + timedelta(seconds=9)), some("b", due=AT + timedelta(seconds=7))
    )
    assert await earliest(store) == AT + timedelta(seconds=7)


async def test_what_stands_behind_another_in_its_line_is_not_due_before_it(store: Store) -> None:
    later = AT + timedelta(seconds=30)
    await store.write(put, some("first", "thread:1", due=later), some("second", "thread:1"))
    assert await earliest(store) == later


async def test_a_try_that_may_have_arrived_makes_the_next_one_a_possible_repeat(store: Store) -> None:
    await store.write(put, some("refused"), some("unanswered"))
    refused, unanswered = await store.write(claim)
    await store.write(lambda tx: claims.again(tx.conn, refused.id, tx.at, tx.at, "busy"))
    await store.write(lambda tx: claims.again(tx.conn, unanswered.id, tx.at, tx.at, "no answer", repeat=True))
    assert [(one.key, one.repeat) for one in await store.write(claim)] == [("refused", False), ("unanswered", True)]


async def test_a_claim_stands_until_somebody_else_takes_it_over(store: Store, clock: FrozenClock) -> None:
    await store.write(put, some("a"))
    (mine,) = await store.write(claim)
    assert await store.read(claims.held, mine)
    clock.advance(LEASE + timedelta(seconds=1))
    (theirs,) = await store.write(claim, "talk", "another")
    assert not await store.read(claims.held, mine)
    assert await store.read(claims.held, theirs)


async def test_what_takes_longer_than_a_lease_is_kept_by_renewing_it(store: Store, clock: FrozenClock) -> None:
    await store.write(put, some("step", lane="run"), some("page", lane="page"))
    await store.write(claim, "run")
    await store.write(claim, "page")
    clock.advance(LEASE - timedelta(seconds=1))
    await store.write(lambda tx: claims.renew(tx.conn, ("run",), owner="me", until=tx.real + LEASE))
    clock.advance(timedelta(seconds=2))
    assert keys(await store.write(claim, "page", "another")) == ["page"]
    assert await store.write(claim, "run", "another") == []


async def test_what_stands_behind_another_line_waits_for_it_and_not_for_its_own_fellows_there(store: Store) -> None:
    mention = replace(some("mention", "mention:1"), behind="card:1")
    talk = replace(some("talk", "thread:1"), behind="card:1")
    await store.write(put, some("card", "card:1"), mention, talk)
    (card,) = await store.write(claim)
    assert card.key == "card"
    await store.write(lambda tx: claims.done(tx.conn, card.id, tx.at, {}))
    assert keys(await store.write(claim)) == ["mention", "talk"], "a page does not wait for talk"


async def test_what_was_told_is_forgotten_after_a_while_and_what_was_paged_or_given_up_is_not(store: Store) -> None:
    told, page = some("told"), replace(some("page"), kind="page")
    await store.write(put, told, page, some("given up"), some("waits", due=AT + timedelta(days=30)))

    def end(tx: Tx) -> None:
        for claimed in claim(tx):
            if claimed.key == "given up":
                claims.failed(tx.conn, claimed.id, tx.at, "no")
            else:
                claims.done(tx.conn, claimed.id, tx.at, {})

    await store.write(end)
    assert await store.write(lambda tx: deliveries.forget_before(tx.conn, AT, 10)) == 0
    assert await store.write(lambda tx: deliveries.forget_before(tx.conn, AT + timedelta(seconds=1), 10)) == 1
    left = await store.read(lambda conn: set(conn.execute(select(schema.deliveries.c.key)).scalars()))
    assert left == {"page", "given up", "waits"}


async def test_the_gravest_page_leaves_first_and_of_equally_grave_ones_the_oldest(
    store: Store, clock: FrozenClock
) -> None:
    await store.write(put, *(replace(some(f"P1 {n}", lane="page"), rank=1) for n in range(50)))
    clock.advance(timedelta(seconds=1))
    await store.write(put, replace(some("P2", lane="page"), rank=2), some("P0", lane="page"))
    assert keys(await store.write(claim, "page", limit=3)) == ["P0", "P1 0", "P1 1"]


async def test_what_waits_for_another_attempt_is_found_gravest_first(store: Store) -> None:
    await store.write(put, *(replace(some(f"P1 {n}", lane="page"), rank=1) for n in range(3)), some("P0", lane="page"))

    def refuse(tx: Tx) -> list[str]:
        for claimed in claim(tx, "page"):
            claims.again(tx.conn, claimed.id, tx.at, tx.at + timedelta(seconds=claimed.id), "429")
        return [row.key for row in claims.refused_before(tx.conn, "page", "notice", AT + timedelta(minutes=1), 2)]

    assert await store.write(refuse) == ["P0", "P1 0"]


async def test_the_next_page_is_found_by_its_index_among_very_many(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without having looked at the table before, as after a burst."""
    waiting = [replace(some(f"P{n % 2} {n}", lane="page"), rank=n % 2) for n in range(2_000)]
    await store.write(put, *waiting)
    plans: list[str] = []

    def explained(conn: Connection, asked: Sequence[Statement]) -> Sequence[Sequence[Sequence[Any]]]:
        ((statement, parameters),) = asked
        explain = "EXPLAIN QUERY PLAN" if conn.dialect.name == "sqlite" else "EXPLAIN"
        (plan,) = raw.ask(conn, [(f"{explain} {statement}", parameters)])
        plans.append("\n".join(str(row) for row in plan))
        return raw.ask(conn, asked)

    monkeypatch.setattr(prepared, "ask", explained)
    assert len(await store.write(claim, "page", limit=64)) == 64
    assert "deliveries_due" in plans[0], plans[0]
    assert "lane=? AND rank=? AND due_at<?" in plans[0] or "rank = " in plans[0], plans[0]
    assert "TEMP B-TREE" not in plans[0], plans[0]
    assert "Sort" not in plans[0], plans[0]
