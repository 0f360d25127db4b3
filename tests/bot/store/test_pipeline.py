"""What goes past SQLAlchemy to the driver: it may leave late, and is answered for all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext, suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError, InternalError, ProgrammingError

from bot.ground.clock import FrozenClock
from bot.store import Store, Tx, facts, jobs, raw, schema
from bot.store.due import Questions

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ADD = {"sqlite": "INSERT INTO once (key, at) VALUES (?, ?)", "postgresql": "INSERT INTO once (key, at) VALUES ($1, $2)"}


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = Store(database_url, FrozenClock(AT))
    yield store
    await store.close()


def put_off(tx: Tx, *keys: str) -> None:
    with raw.put_off(tx.conn):
        raw.tell(tx.conn, ADD[tx.conn.dialect.name], [(key, 1) for key in keys])


def put_off_and_look(tx: Tx, *keys: str) -> list[str]:
    put_off(tx, *keys)
    return kept(tx.conn)


def kept(conn: Connection) -> list[str]:
    return list(conn.execute(select(schema.once.c.key).order_by(schema.once.c.key)).scalars())


async def test_what_is_put_off_is_kept_with_the_commit_and_seen_by_whatever_is_asked_before(store: Store) -> None:
    await store.write(put_off, "a", "b")
    assert await store.write(put_off_and_look, "c") == ["a", "b", "c"] == await store.read(kept)


async def test_what_is_put_off_and_fails_takes_its_use_case_with_it_and_nobody_beside_it(store: Store) -> None:
    with pytest.raises(IntegrityError):
        await store.write(put_off, "alone", "alone")
    together = [store.write(put_off, "before"), store.write(put_off, "x", "x"), store.write(put_off, "after")]
    assert [type(each) for each in await asyncio.gather(*together, return_exceptions=True)] == [
        type(None),
        IntegrityError,
        type(None),
    ]
    assert await store.read(kept) == ["after", "before"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_is_put_off_by_who_fails_by_himself_fails_nobody_beside_him(store: Store) -> None:
    def fail(tx: Tx) -> None:
        put_off(tx, "before")
        raise ValueError("no")

    beside, failed = await asyncio.gather(store.write(put_off, "before"), store.write(fail), return_exceptions=True)
    assert (beside, type(failed), await store.read(kept)) == (None, ValueError, ["before"])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_was_put_off_is_kept_where_something_else_cannot_even_be_said(store: Store) -> None:
    def say_nonsense(tx: Tx) -> None:
        put_off(tx, "a")
        for later in (True, False):
            with suppress(ProgrammingError), raw.put_off(tx.conn) if later else nullcontext():
                raw.tell(tx.conn, ADD["postgresql"], [(object(), 1)])
                pytest.fail("it was said")

    await store.write(say_nonsense)
    assert await store.read(kept) == ["a"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_commit_that_the_server_undoes_in_passing_is_no_success(store: Store) -> None:
    """PostgreSQL answers `COMMIT` with `ROLLBACK` where a statement had failed, whoever has overlooked it."""

    def overlook(tx: Tx) -> None:
        facts.put(tx.conn, "name", 1, tx.at)
        with suppress(ProgrammingError):
            tx.conn.execute(text("SELECT nonsense"))

    with pytest.raises(InternalError):
        await store.write(overlook)
    assert await store.read(facts.get, "name") is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_the_engines_question_is_made_ready_once_and_not_with_each_look(store: Store) -> None:
    asked = Questions({"jobs": jobs.NEXT_DUE})

    def look(conn: Connection) -> list[tuple[str, int]]:
        asked.ask(conn)
        ready = text("SELECT statement, generic_plans FROM pg_prepared_statements WHERE statement LIKE '%jobs%'")
        return [(row.statement, row.generic_plans) for row in conn.execute(ready)]

    for turn in range(1, 4):
        assert [plans for _, plans in await store.read(look)] == [turn]
