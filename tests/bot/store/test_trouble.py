"""Trouble of the ground is one sentence with what to do about it: no secret in it, and no word of it for a defect of ours."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreDown
from bot.ground.clock import FrozenClock
from bot.store import Store, Tx, facts, migrate
from bot.store.driver import driver
from bot.store.trouble import _POSTGRESQL, told

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = Store(database_url, FrozenClock(AT))
    yield store
    await store.close()


def put(tx: Tx, name: str, value: object = 1) -> None:
    facts.put(tx.conn, name, value, tx.at)


# At start


def test_a_database_of_a_newer_version_is_refused_untouched(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for opens in (migrate.upgrade, migrate.standing):
        with pytest.raises(
            StoreDown, match=r"newer version of the bot: its revision is 9999.* Start the newer version"
        ):
            opens(database_url)
    with engine.connect() as conn:
        assert migrate.revision(conn) == "9999"
    engine.dispose()


def a_text_file(folder: Path) -> str:
    (folder / "notes.db").write_text("these are my notes, and no database " * 99)
    return f"sqlite:///{folder / 'notes.db'}"


def a_torn_file(folder: Path) -> str:
    url = f"sqlite:///{folder / 'torn.db'}"
    migrate.upgrade(url)
    whole = (folder / "torn.db").read_bytes()
    (folder / "torn.db").write_bytes(whole[:100] + b"\xff" * 8000 + whole[8100:])
    return url


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (a_text_file, r"notes.db is no SQLite database, or is damaged\. Put a backup"),
        (a_torn_file, r"torn.db is damaged\. Stop the bot and put a backup"),
        (lambda folder: f"sqlite:///{folder}/nowhere/bot.db", r"cannot be opened\. There is no folder .*nowhere: make it"),
        (lambda folder: "sqlite:////proc/bot.db", r"cannot be opened\. May this user read and write in /proc\?"),
        (lambda folder: "postgresql+psycopg://u:secret@127.0.0.1:1/bot", r"127\.0\.0\.1:1 \(bot\) cannot be reached\. Is it up"),
        (lambda folder: "postgresql+psycopg://u:secret@no.such.host.invalid/bot", r"cannot be reached\. Is it up"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_said_in_one_sentence(tmp_path: Path, made: object, sentence: str) -> None:
    with pytest.raises(StoreDown, match=sentence) as caught:
        migrate.upgrade(made(tmp_path))  # type: ignore[operator]
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_postgresql_without_that_database_is_told_apart_from_one_that_is_away(database_url: str) -> None:
    with pytest.raises(StoreDown, match="has no database of that name"):
        migrate.upgrade(database_url.replace("/test_", "/nobody_"))


# While running


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "state", ["53100", "53200", "53300", "25006", "57014", "55P03", "28P01", "42501", "57P03", "08006"]
)
async def test_what_postgresql_lacks_is_said_and_the_next_write_finds_it_well(store: Store, state: str) -> None:
    def fails(tx: Tx) -> None:
        tx.conn.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")

    with pytest.raises(StoreDown) as caught:
        await store.write(fails)
    assert next(means for start, means in _POSTGRESQL if state.startswith(start)) in str(caught.value)
    results = await asyncio.gather(store.write(fails), store.write(put, "beside"), return_exceptions=True)
    assert [type(one) for one in results] == [StoreDown, type(None)], "one's trouble is not everybody's"
    await store.write(put, "after")


async def test_a_full_disk_is_said_and_with_room_again_all_goes_on(sqlite_url: str) -> None:
    store = Store(sqlite_url, FrozenClock(AT))
    pages = {"most": "60"}  # SQLite's own way of being full
    event.listen(store._writer, "connect", lambda dbapi, _: dbapi.execute(f"PRAGMA max_page_count={pages['most']}"))
    with pytest.raises(StoreDown, match=r"bot.db cannot grow: the disk is full\. Make room"):
        await store.write(put, "big", "x" * 1_000_000)
    assert "disk is full" in str(store.trouble)
    pages["most"] = "100000"
    await store.write(put, "big", "x" * 1_000_000)
    assert str(store.trouble) == "None"
    await store.close()


async def test_a_defect_of_ours_stays_one(store: Store) -> None:
    def defect(tx: Tx) -> None:
        tx.conn.execute(text("SELECT nonsense FROM nowhere"))

    with pytest.raises(DBAPIError):
        await store.write(defect)
    assert store.trouble is None
    assert told(ZeroDivisionError(), store.url) is None


async def test_trouble_is_logged_when_it_begins_and_when_it_is_over_and_not_with_every_write(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(sqlite_url, FrozenClock(AT))
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    await store.write(put, "before")
    path.rename(path.with_suffix(".away"))
    for _ in range(3):
        with pytest.raises(StoreDown):
            await store.write(put, "meanwhile")
    path.with_suffix(".away").rename(path)
    await store.write(put, "after")
    await store.close()
    said = [record.getMessage() for record in caplog.records if record.name == "bot.store.store"]
    assert [line.partition(" while ")[0].rpartition("/")[2] for line in said] == [
        "bot.db was deleted or moved",
        "the database answers again",
    ]
    assert all(record.exc_info is None for record in caplog.records)


# A file that is not there any more


async def test_nothing_is_written_into_a_file_that_was_deleted(sqlite_url: str) -> None:
    store = Store(sqlite_url, FrozenClock(AT))
    await store.write(put, "before")
    Path(sqlite_url.removeprefix("sqlite:///")).unlink()
    with pytest.raises(StoreDown, match=r"was deleted or moved while the bot runs.* Put the file back"):
        await store.write(put, "into nothing")
    await store.close()


async def test_nothing_is_written_beside_a_file_that_was_replaced(sqlite_url: str, migrated_sqlite: Path) -> None:
    store = Store(sqlite_url, FrozenClock(AT))
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    await store.write(put, "before")
    path.rename(path.with_suffix(".old"))
    shutil.copy(migrated_sqlite, path)
    with pytest.raises(StoreDown, match=r"was replaced by another file.* Restart the bot"):
        await store.write(put, "into the old one")
    await store.close()


# Standing still


async def test_a_writer_that_stands_still_for_longer_than_it_ever_waits_is_called_hung(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.store.LOOK_EVERY", 0.01)
    monkeypatch.setattr("bot.store.watchdog.HANGS_AFTER", 3.0)
    store, over = Store(sqlite_url, FrozenClock(AT)), threading.Event()
    stuck = asyncio.create_task(store.write(lambda tx: over.wait(30)))
    with pytest.raises(StoreDown):
        await stuck
    await until(lambda: store.hangs)
    over.set()
    await until(lambda: not store.hangs)
    await store.close()


async def test_who_counts_for_long_is_at_work_and_not_silent(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.store.LOOK_EVERY", 0.01)
    monkeypatch.setattr("bot.store.engines.STEPS", 1_000)
    for looks in ("LOOKS", "READ_LOOKS"):
        monkeypatch.setattr(f"bot.store.store.{looks}", 20)
    end = monotonic() + 0.6

    def count(conn: Connection) -> int:
        driver(conn).create_function("goes_on", 0, lambda: monotonic() < end)
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE goes_on()) SELECT max(i) FROM n"
        return int(conn.exec_driver_sql(endless).scalar_one())

    store = Store(sqlite_url, FrozenClock(AT))
    assert all(await asyncio.gather(store.read(count), store.write(lambda tx: count(tx.conn))))
    assert monotonic() > end
    await store.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)
