"""A copy of the whole database in one file, made while others write, and put back in its place.

A file with the backup's name is whole, whatever happens: it is written under another name beside it, and gets its own at last.
What is put back takes the database's place in one move, and before it does, everything in it that would leave or fall due is held
(`bot.store.restored`). It refuses to put anything over a database that somebody has open.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, inspect, make_url, text

from bot.errors import UserError
from bot.ground.faults import passing
from bot.store import restored
from bot.store.engines import writing_engine
from bot.store.migrate import standing, upgrade
from bot.store.trouble import named

_SQLITE, _DUMP = b"SQLite format 3\0", b"PGDMP"
"""How a backup of each engine begins."""
_VARIABLES: Mapping[str, str] = {
    "host": "PGHOST",
    "port": "PGPORT",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}
"""How what a URL says of a connection is told to PostgreSQL's programs: never in their arguments, which every user of the machine
can read."""
MARK = "restore_under_way"
"""A table that stands in PostgreSQL from before a backup is put back until what waits in it is held: a start that finds it
holds that first."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to."""

    kept: Path | None
    """Where the database of before is, if there was one and it was a file."""
    before: str
    """The version the backup was of."""


def backup(url: str, file: Path) -> None:
    """Write one. Raises `UserError` where that cannot be, and `StoreDown` for the database's own trouble."""
    where = make_url(url)
    if standing(url) is None:
        raise UserError(f"{named(where)} is not there yet or empty: there is nothing to back up.")
    _must_be_writable(where, file)
    part = file.with_name(f".{file.name}.part")
    _fresh(part)
    try:
        _copied(Path(str(where.database)), part) if _is_file(where) else _dumped(where, part)
        _on_disk(part)
        passing("backup")
        part.replace(file)
        _on_disk(file.absolute().parent)
    finally:
        _gone(part)


def _fresh(part: Path) -> None:
    """An empty file that is its owner's only, whatever a killed one has left there."""
    _gone(part)
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))


def _gone(part: Path) -> None:
    for left in (part, *(part.with_name(f"{part.name}{end}") for end in ("-wal", "-shm", "-journal"))):
        left.unlink(missing_ok=True)


def _must_be_writable(where: URL, file: Path) -> None:
    if not file.absolute().parent.is_dir():
        raise UserError(f"There is no folder {file.absolute().parent}. Nothing was written.")
    if not file.exists():
        return
    if _is_file(where) and file.samefile(str(where.database)):
        raise UserError(f"{file} is the database itself. Name another file. Nothing was written.")
    if not file.is_file() or (file.stat().st_size and _engine_of(file) is None):
        raise UserError(f"{file} is there already and is no backup. Name another file. Nothing was written.")


def _copied(source: Path, part: Path) -> None:
    """All of one moment, by SQLite itself (https://www.sqlite.org/backup.html); whoever writes meanwhile is not held up."""
    with _sqlite(f"file:{_quoted(source)}?mode=ro") as old, _sqlite(f"file:{_quoted(part)}") as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file and nothing beside it
        _must_be_sound(new, part)


def _dumped(where: URL, part: Path) -> None:
    _run(
        "pg_dump",
        where,
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--exclude-table={MARK}",
        f"--file={part}",
    )


def restore(url: str, file: Path, at: datetime, *, replace: bool) -> Restored:
    """Put a backup in the database's place, with all that waits in it held. Raises `UserError` where that must not be.

    `replace`: whether a database that holds anything may give way.
    """
    where = make_url(url)
    engine = _engine_of(file) if file.is_file() else None
    if engine is None:
        raise UserError(f"{file} is no backup: `incident-bot backup FILE` makes one. Nothing was changed.")
    if engine != where.get_backend_name():
        raise UserError(
            f"{file} is a backup of {engine}, and DATABASE_URL names {where.get_backend_name()}. Nothing was changed."
        )
    return (_put_file if _is_file(where) else _put_dump)(where, file, at, replace)


def _engine_of(file: Path) -> str | None:
    with file.open("rb") as opened:
        beginning = opened.read(len(_SQLITE))
    if beginning == _SQLITE:
        return "sqlite"
    return "postgresql" if beginning.startswith(_DUMP) else None


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
    with _alone(path):
        _fresh(staged)
        try:
            _copied(file, staged)
            before = _made_ready(where.set(database=str(staged)), at)
            _on_disk(staged)
            passing("restore")
            kept = _kept_beside(path, at) if path.exists() else None
            staged.replace(path)
            _on_disk(path.parent)
        finally:
            _gone(staged)
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
    others = _asked(where, _OTHERS)
    if others:
        raise UserError(
            f"{named(where)} has {others} other session{'s' if others != 1 else ''}: a bot runs on it, or somebody looks at it."
            " Stop that first. Nothing was changed."
        )
    _may_replace(where, replace)
    _run("pg_restore", where, "--list", str(file))
    _asked(where, f"CREATE TABLE IF NOT EXISTS {MARK} (at bigint)")
    clean = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    _run("pg_restore", where, *clean, f"--dbname={where.database}", str(file))
    passing("restore")
    return Restored(None, _made_ready(where, at))


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


def _made_ready(where: URL, at: datetime) -> str:
    """Bring what was put back to this version, and hold what waits in it."""
    url = where.render_as_string(hide_password=False)
    before = standing(url)
    upgrade(url)
    engine = writing_engine(url)
    try:
        with engine.begin() as conn:
            restored.hold_back(conn, at)
            if conn.dialect.name == "postgresql":
                conn.execute(text(f"DROP TABLE IF EXISTS {MARK}"))
    finally:
        engine.dispose()
    if _is_file(where):
        _without_wal(Path(str(where.database)))
    return before or "empty"


def hold_if_cut_off(url: str, at: datetime) -> bool:
    """A restore into PostgreSQL was cut off before it had held what waits: that is done now. Says whether it was so."""
    where = make_url(url)
    if _is_file(where):
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
    with _sqlite(f"file:{_quoted(path)}") as conn:
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


def _run(program: str, where: URL, *words: str) -> None:
    """One of PostgreSQL's programs, to its end. Raises `UserError` with what it said."""
    query = {name: value for name, value in where.query.items() if isinstance(value, str)}
    said = {"host": where.host, "port": str(where.port) if where.port else None, **query}
    own = {variable: value for name, variable in _VARIABLES.items() if (value := said.get(name))}
    own |= {"PGDATABASE": where.database or "", "PGUSER": where.username or "", "PGPASSWORD": where.password or ""}
    environment = os.environ | {name: str(value) for name, value in own.items() if value}
    try:
        done = subprocess.run((program, *words), env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise UserError(
            f"There is no {program} on this machine. It comes with PostgreSQL's client programs, and must be no older than the"
            " server."
        ) from None
    if done.returncode:
        raise UserError(f"{program} ended with {done.returncode}: {done.stderr.strip()[-1_000:]}")


def _must_be_sound(conn: sqlite3.Connection, file: Path) -> None:
    (found,) = conn.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise UserError(f"What was read is damaged ({found}), so it is not kept as {file.name}.")


@contextmanager
def _sqlite(uri: str) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None)) as conn:
        yield conn


def _quoted(path: Path) -> str:
    """As a URI has it."""
    return path.absolute().as_uri().removeprefix("file:")


def _is_file(where: URL) -> bool:
    return where.get_backend_name() == "sqlite"


def _on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
