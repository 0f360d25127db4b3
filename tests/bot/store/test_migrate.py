"""The tables that migrations make are the tables that the code thinks it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, create_engine, insert, make_url, text

from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.incidents import Incident
from bot.store import Store, incidents, migrate, schema
from bot.store.schema import indexes, metadata
from bot.usecases.escalation import climb_due
from bot.usecases.incidents import acknowledge
from bot.usecases.intake import take_alerts
from tests.bot.usecases.house import ALL, SHIPPED, an_alert
from tests.conftest import ENGINES, a_database


def test_migrations_and_schema_agree(database_url: str) -> None:
    engine = create_engine(database_url)
    assert indexes.PARTIAL, "they are part of the metadata"
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
    engine.dispose()


def test_the_head_named_in_the_code_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_upgrading_twice_does_nothing_the_second_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert migrate.upgrade(url) is None
    assert migrate.upgrade(url) == migrate.HEAD


SCRIPTS = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
EARLIER = [script.revision for script in SCRIPTS.walk_revisions() if script.revision != migrate.HEAD][::-1]
"""Every version that a database in the field may stand at, the oldest first. A new revision is tested against all of them by being
there."""


class Climber:
    """A database that goes from version to version, and is copied at each that somebody wants: none is made from nothing again."""

    def __init__(self, url: str, copied: Callable[[], AbstractContextManager[str]]) -> None:
        self._url = url
        self._copied = copied

    def at(self, revision: str) -> AbstractContextManager[str]:
        """A copy of it at that version; they are asked for from the oldest on."""
        engine = create_engine(self._url)
        with engine.begin() as conn:
            if conn.dialect.name == "sqlite":
                conn.exec_driver_sql("BEGIN")
            migrate.run_alembic(conn, revision)
            assert migrate.revision(conn) == revision
        engine.dispose()
        return self._copied()


@pytest.fixture(scope="module", params=ENGINES)
def climber(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Climber]:
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("climber")
        yield Climber(f"sqlite:///{folder / 'climber.db'}", lambda: _a_copy(folder))
        return
    server = request.getfixturevalue("postgres")
    with a_database(server, "template0") as url:
        yield Climber(url, partial(a_database, server, str(make_url(url).database)))


@contextmanager
def _a_copy(folder: Path) -> Iterator[str]:
    copy = folder / "copy.db"
    copy.write_bytes((folder / "climber.db").read_bytes())
    yield f"sqlite:///{copy}"
    for left in folder.glob("copy.db*"):
        left.unlink()


def lived_in(url: str, template: str) -> None:
    """Puts the open incident, the alert and the waiting pages of `template` into a database of an earlier version."""
    old, rows = create_engine(url), dict(_rows(template))
    with old.begin() as conn:
        tables = MetaData()
        tables.reflect(conn)
        for name, found in rows.items():
            for row in found if name in tables.tables else ():
                conn.execute(insert(tables.tables[name]).values(_known(tables.tables[name], row)))
    old.dispose()


def _known(table: Table, row: dict[str, object]) -> dict[str, object]:
    """The columns of that version; the outbox numbers its rows itself, and PostgreSQL counts only what it numbered."""
    return {name: row[name] for name in row if name in table.c and (table.name, name) != ("deliveries", "id")}


def _rows(url: str) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """What stands in each table, as the database holds it."""
    engine = create_engine(url)
    with engine.connect() as conn:
        for table in schema.metadata.sorted_tables:
            yield table.name, [dict(row._mapping) for row in conn.execute(text(f"SELECT * FROM {table.name}"))]
    engine.dispose()


NIGHT = datetime(2026, 1, 12, 22, 0, tzinfo=UTC)
CTX = Context(SHIPPED, ALL)


@pytest.fixture(scope="module")
def template(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Incident]:
    """A database of this version with an open incident, and the incident."""
    path = tmp_path_factory.mktemp("lived_in") / "template.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite:///{path}"
    return url, asyncio.run(_opened(url))


async def _opened(url: str) -> Incident:
    store = Store(url, FrozenClock(NIGHT))
    await store.write(take_alerts, CTX, [an_alert()])
    incident = await store.read(incidents.load, 1)
    await store.close()
    return incident


@pytest.mark.parametrize("revision", EARLIER)
async def test_a_database_of_an_earlier_version_with_an_open_incident_goes_on_where_it_was(
    climber: Climber, template: tuple[str, Incident], revision: str
) -> None:
    full, was = template
    with climber.at(revision) as url:
        lived_in(url, full)
        assert migrate.upgrade(url) == revision
        await _goes_on(url, was)


async def _goes_on(url: str, was: Incident) -> None:
    store = Store(url, FrozenClock(NIGHT + timedelta(minutes=5)))
    assert await store.read(incidents.load, 1) == was
    assert await store.write(climb_due, CTX) == 1
    assert (await store.write(acknowledge, CTX, 1, "engineer_a@openvine.co")).state == "acknowledged"
    assert [e.event.kind for e in await store.read(incidents.story, 1)] == ["opened", "escalated", "acknowledged"]
    await store.close()


def test_an_empty_database_and_one_of_this_version_start(empty_url: str) -> None:
    assert migrate.upgrade(empty_url) is None
    assert migrate.upgrade(empty_url) == migrate.HEAD
    engine = create_engine(empty_url)
    with engine.connect() as conn:
        assert migrate.revision(conn) == migrate.HEAD
    engine.dispose()
