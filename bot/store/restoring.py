"""Restores a backup in the database's place, in one move; everything in it that would leave or fall due is held back.

It refuses to put anything over a database that somebody has open, and over one that holds incidents unless that is said; what gives
way is kept.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import StoreDown, UserError
from bot.ground.faults import passing
from bot.store import restored, schema
from bot.store.backup import MARK, backup
from bot.store.copying import copied, engine_of, fresh, gone, is_file, on_disk, opened, quoted, run
from bot.store.engines import writing_engine
from bot.store.migrate import standing, upgrade
from bot.store.trouble import named
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to."""

    kept: Path | None
    """Where the database of before is, if there was one and it was a file."""
    before: str
    """The version the backup was of."""


def restore(url: str, file: Path, at: datetime, *, replace: bool) -> Restored:
    """Put a backup in the database's place, with all that waits in it held. Raises `UserError` where that must not be.

    `replace`: whether a database that holds anything may give way.
    """
    where = make_url(url)
    engine = engine_of(file) if file.is_file() else None
    if engine is None:
        raise UserError(f"{file} is not a backup: `incident-bot backup FILE` makes one. Nothing was changed.")
    if engine != where.get_backend_name():
        raise UserError(
            f"{file} is a backup of {engine}, and DATABASE_URL names {where.get_backend_name()}. Nothing was changed."
        )
    return (_put_file if is_file(where) else _put_dump)(where, file, at, replace)


def _put_file(where: URL, file: Path, at: datetime, replace: bool) -> Restored:
    path = Path(str(where.database)).absolute()
    if not path.parent.is_dir():
        raise UserError(f"There is no folder {path.parent}. Nothing was changed.")
    if path.exists() and file.samefile(path):
        raise UserError(f"{file} is the database itself. Nothing was changed.")
    staged = path.with_name(f".{path.name}.restoring")
    with _alone(path):
        pass
    _may_replace(where, replace)
    used = _highest(where)
    with _alone(path):
        fresh(staged)
        try:
            copied(file, staged)
            before = _made_ready(where.set(database=str(staged)), at, used)
            _as_readable_as(path, staged)
            on_disk(staged)
            passing("restore")
            kept = _kept_beside(path, at) if path.exists() else None
            staged.replace(path)
            on_disk(path.parent)
        except (sqlite3.DatabaseError, DBAPIError) as error:
            why = error.orig if isinstance(error, DBAPIError) else error
            raise UserError(f"{file} cannot be put back ({why}). Nothing was changed.") from None
        finally:
            gone(staged)
    return Restored(kept, before)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else has the file open, and nobody gets it while this lasts. Raises `UserError`.

    To leave WAL is what SQLite allows only to whoever is alone (https://www.sqlite.org/wal.html#the_wal_file).
    """
    if not path.exists():
        yield
        return
    conn = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        try:
            conn.execute("PRAGMA journal_mode=DELETE")
            conn.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise UserError(
                f"{path} is open in another process ({error}): a bot runs on it, or somebody looks at it. Stop that first. Nothing"
                " was changed."
            ) from None
        except sqlite3.DatabaseError:
            pass  # damaged: what a backup is for
        yield
    finally:
        conn.close()


def _as_readable_as(path: Path, staged: Path) -> None:
    """Whoever ran the bot on the database of before can do so on this one, whoever puts it back."""
    if path.exists():
        before = path.stat()
        staged.chmod(before.st_mode & 0o777)
        with contextlib.suppress(PermissionError):
            os.chown(staged, before.st_uid, before.st_gid)


def _kept_beside(path: Path, at: datetime) -> Path:
    """The database of before under another name, so that at no moment there is none."""
    kept = path.with_name(f"{path.name}.before-{at:%Y%m%dT%H%M%S}")
    kept.unlink(missing_ok=True)
    try:
        os.link(path, kept)
    except OSError:  # a file system that has no links
        shutil.copy2(path, kept)
    return kept


def _put_dump(where: URL, file: Path, at: datetime, replace: bool) -> Restored:
    """In one transaction, so that a kill at any moment leaves the database of before or the one of the backup."""
    others = _asked(where, _OTHERS)
    if others:
        raise UserError(
            f"{named(where)} has {others} other session{'s' if others != 1 else ''}: a bot runs on it, or somebody looks at it."
            " Stop that first. Nothing was changed."
        )
    _may_replace(where, replace)
    used = _highest(where)
    script = file.with_name(f".{file.name}.sql")
    fresh(script)
    try:
        run("pg_restore", where, "--no-owner", "--no-privileges", f"--file={script}", str(file))
        kept = _kept_dump(where, file, at)
        drop = ", ".join(f'"{name}"' for name in (*schema.metadata.tables, "alembic_version"))
        first = f"DROP TABLE IF EXISTS {drop} CASCADE; CREATE TABLE IF NOT EXISTS {MARK} (at bigint)"
        run("psql", where, "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-c", first, "-f", str(script))
    finally:
        gone(script)
    passing("restore")
    return Restored(kept, _made_ready(where, at, used))


def _kept_dump(where: URL, file: Path, at: datetime) -> Path | None:
    """A backup of what gives way, beside the one that is put in its place."""
    if standing(where.render_as_string(hide_password=False)) is None:
        return None
    kept = file.with_name(f"{file.name}.before-{at:%Y%m%dT%H%M%S}")
    backup(where.render_as_string(hide_password=False), kept)
    return kept


_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)


def _may_replace(where: URL, replace: bool) -> None:
    """Raises `UserError` where something would be lost that nobody said may be."""
    if replace:
        return
    url = where.render_as_string(hide_password=False)
    if standing(url) is not None and _asked(where, "SELECT count(*) FROM incidents"):
        raise UserError(
            f"{named(where)} holds incidents already. Add --replace if the backup shall take its place; `incident-bot backup FILE`"
            " keeps it first. Nothing was changed."
        )


def _highest(where: URL) -> int:
    """The highest number of an incident in what gives way; 0 where there is none, or it cannot be read."""
    with contextlib.suppress(StoreDown, SQLAlchemyError):  # a backup is put back because something is wrong with it
        if standing(where.render_as_string(hide_password=False)) is not None:
            return int(_asked(where, "SELECT max(number) FROM incidents") or 0)
    return 0


def _made_ready(where: URL, at: datetime, used: int = 0) -> str:
    """Bring what was put back to this version, and hold what waits in it."""
    url = where.render_as_string(hide_password=False)
    before = standing(url)
    upgrade(url)
    engine = writing_engine(url)
    try:
        with engine.begin() as conn:
            restored.hold_back(conn, at, used)
            if conn.dialect.name == "postgresql":
                conn.execute(text(f"DROP TABLE IF EXISTS {MARK}"))
    finally:
        engine.dispose()
    if is_file(where):
        _without_wal(Path(str(where.database)))
    return before or "empty"


def hold_if_cut_off(url: str, at: datetime) -> bool:
    """A restore into PostgreSQL was cut off before it had held what waits: that is done now. Says whether it was so."""
    where = make_url(url)
    if is_file(where):
        return False
    engine = create_engine(url)
    try:
        with engine.connect() as conn:
            cut_off = inspect(conn).has_table(MARK)
    finally:
        engine.dispose()
    if cut_off:
        _made_ready(where, at)
    return cut_off


def _without_wal(path: Path) -> None:
    with opened(f"file:{quoted(path)}") as conn:
        conn.execute("PRAGMA journal_mode=DELETE")


def _asked(where: URL, statement: str) -> Any:
    """One statement on a connection of its own; the first value of its answer, if there is one."""
    engine = create_engine(where)
    try:
        with engine.begin() as conn:
            found = conn.execute(text(statement))
            return found.scalar() if found.returns_rows else None
    finally:
        engine.dispose()
