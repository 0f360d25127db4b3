"""What backup and restore have in common: files that are whole or not there, SQLite's own copy, PostgreSQL's programs."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from bot.errors import UserError

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


def fresh(part: Path) -> None:
    """An empty file that is its owner's only, whatever a killed one has left there."""
    gone(part)
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))


def gone(part: Path) -> None:
    for left in (part, *(part.with_name(f"{part.name}{end}") for end in ("-wal", "-shm", "-journal"))):
        left.unlink(missing_ok=True)


@contextmanager
def opened(uri: str) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None)) as conn:
        yield conn


def quoted(path: Path) -> str:
    """As a URI has it."""
    return path.absolute().as_uri().removeprefix("file:")


def is_file(where: URL) -> bool:
    return where.get_backend_name() == "sqlite"


def on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def engine_of(file: Path) -> str | None:
    with file.open("rb") as handle:
        beginning = handle.read(len(_SQLITE))
    if beginning == _SQLITE:
        return "sqlite"
    return "postgresql" if beginning.startswith(_DUMP) else None


def copied(source: Path, part: Path) -> None:
    """All of one moment, by SQLite itself (https://www.sqlite.org/backup.html); whoever writes meanwhile is not held up."""
    with opened(f"file:{quoted(source)}?mode=ro") as old, opened(f"file:{quoted(part)}") as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file and nothing beside it
        _must_be_sound(new, part)


def run(program: str, where: URL, *words: str) -> None:
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
