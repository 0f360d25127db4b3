"""The tables that migrations make are the tables that the code thinks it has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, create_engine, insert, text

from bot.context import Context
from bot.ground.clock import FrozenClock
from bot.store import Store, incidents, migrate, schema
from bot.store.schema import indexes, metadata
from bot.usecases.incidents import acknowledge
from bot.usecases.intake import take_alerts
from bot.usecases.paging import climb_due
from tests.bot.usecases.house import ALL, SHIPPED, an_alert


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
EARLIER = [script.revision for script in SCRIPTS.walk_revisions() if script.revision != migrate.HEAD]
"""Every version that a database in the field may stand at. A new revision is tested against all of them by being there."""


def lived_in(url: str, revision: str, template: str) -> None:
    """Makes `url` a database of an earlier version, with the open incident, the alert and the waiting pages of `template`."""
    old, rows = create_engine(url), dict(_rows(template))
    with old.begin() as conn:
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql("BEGIN")
        migrate.run_alembic(conn, revision)
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


def an_empty(url: str) -> str:
    """The same database with nothing in it, not even a version."""
    engine = create_engine(url)
    with engine.begin() as conn:
        metadata.drop_all(conn)
        conn.execute(text("DROP TABLE alembic_version"))
    engine.dispose()
    return url


@pytest.mark.parametrize("revision", EARLIER)
async def test_a_database_of_an_earlier_version_with_an_open_incident_goes_on_where_it_was(
    database_url: str, tmp_path: Path, revision: str
) -> None:
    template = f"sqlite:///{tmp_path / 'template.db'}"
    migrate.upgrade(template)
    clock = FrozenClock(datetime(2026, 1, 12, 22, 0, tzinfo=UTC))
    before = Store(template, clock)
    ctx = Context(SHIPPED, ALL)
    await before.write(take_alerts, ctx, [an_alert()])
    was = await before.read(incidents.load, 1)
    await before.close()
    lived_in(an_empty(database_url), revision, template)

    assert migrate.upgrade(database_url) == revision
    clock.advance(timedelta(minutes=5))
    store = Store(database_url, clock)
    assert await store.read(incidents.load, 1) == was
    assert await store.write(climb_due, ctx) == 1
    assert (await store.write(acknowledge, ctx, 1, "engineer_a@openvine.co")).state == "acknowledged"
    assert [e.event.kind for e in await store.read(incidents.story, 1)] == ["opened", "escalated", "acknowledged"]
    await store.close()


def test_an_empty_database_and_one_of_this_version_start(database_url: str) -> None:
    assert migrate.upgrade(database_url) == migrate.HEAD
    assert migrate.upgrade(an_empty(database_url)) is None
    engine = create_engine(database_url)
    with engine.connect() as conn:
        assert migrate.revision(conn) == migrate.HEAD
    engine.dispose()
