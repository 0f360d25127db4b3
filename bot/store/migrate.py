"""Brings a database to this version, at start and by `incident-bot db upgrade`, under a lock so that replicas may start together.

Alembic is imported only when there is something to do: a start with an up-to-date database pays nothing for it.
"""

from __future__ import annotations

from importlib.resources import files

from sqlalchemy import Connection, create_engine, inspect, text

HEAD = "0004"
"""The newest revision in `migrations/versions`; a test holds it to that folder."""

_LOCK = 0x0B08


def upgrade(url: str) -> str | None:
    """Migrate if needed. Returns the revision the database had before (`None`: it was empty), or `HEAD` if nothing was done."""
    engine = create_engine(url)
    try:
        with engine.connect() as conn:
            if (before := revision(conn)) == HEAD:
                return HEAD
        with engine.begin() as conn:
            if conn.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            else:
                conn.exec_driver_sql("BEGIN IMMEDIATE")
            if revision(conn) != HEAD:
                run_alembic(conn)
        return before
    finally:
        engine.dispose()


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
