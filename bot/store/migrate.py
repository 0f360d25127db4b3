"""Brings a database to this version, at start and by `incident-bot db upgrade`, under a lock so that replicas may start together.

Alembic is imported only when there is something to do: a start with an up-to-date database pays nothing for it. A database that a
newer version has made is refused, untouched. What is wrong with the ground is `StoreDown`, in one sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text

from bot.errors import StoreDown
from bot.store.trouble import grounded, named

HEAD = "0029"
"""The newest revision in `migrations/versions`; a test holds it to that folder."""

_LOCK = 0x0B08


def upgrade(url: str) -> str | None:
    """Migrate if needed. Returns the revision the database had before (`None`: it was empty), or `HEAD` if nothing was done."""
    with _opened(url) as engine:
        with engine.connect() as conn:
            if (before := _known(conn, url)) == HEAD:
                return HEAD
        with engine.begin() as conn:
            if conn.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            else:
                conn.exec_driver_sql("BEGIN IMMEDIATE")
            if _known(conn, url) != HEAD:
                run_alembic(conn)
        return before


def standing(url: str) -> str | None:
    """The revision the database stands at, without making or changing anything; `None` where there is none yet."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite" and not Path(where.database or "").exists():
        return None
    with _opened(url) as engine, engine.connect() as conn:
        return _known(conn, url)


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = create_engine(url, connect_args=_arguments(url))
    try:
        with grounded(url):
            yield engine
    finally:
        engine.dispose()


def _arguments(url: str) -> dict[str, object]:
    """A migration may take its time; to be connected may not."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        return {}
    from bot.store import postgresql

    return postgresql.client(where)


def _known(conn: Connection, url: str) -> str | None:
    """The revision; raises `StoreDown` where it is none of ours."""
    found = revision(conn)
    if found in (None, HEAD) or any(path.name.startswith(f"{found}_") for path in _versions()):
        return found
    raise StoreDown(
        f"{named(make_url(url))} was made by a newer version of the bot: its revision is {found}, and {HEAD} is the newest that"
        " this one knows. Nothing was changed. Start the newer version, or restore a backup of before."
    )


def _versions() -> list[Path]:
    return list((Path(str(files("bot.store"))) / "migrations" / "versions").iterdir())


def revision(conn: Connection) -> str | None:
    """The revision the database stands at; `None` where it is empty."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    row = conn.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None


def run_alembic(conn: Connection, to: str = "head") -> None:
    """Migrate to a revision, inside the transaction of `conn`."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("bot.store") / "migrations"))
    config.attributes["connection"] = conn
    command.upgrade(config, to)
