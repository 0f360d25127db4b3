"""A copy of the whole database in one file, made while others write.

A file with the backup's name is whole, whatever happens: it is written under another name beside it, and gets its own at last. It
refuses to be written over anything that is no backup.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url

from bot.errors import UserError
from bot.ground.faults import passing
from bot.store.copying import copied, engine_of, fresh, gone, is_file, on_disk, run
from bot.store.migrate import standing
from bot.store.trouble import named

MARK = "restore_under_way"
"""A table that stands in PostgreSQL from before a backup is put back until what waits in it is held: a start that finds it
holds that first."""


def backup(url: str, file: Path) -> None:
    """Write one. Raises `UserError` where that cannot be, and `StoreDown` for the database's own trouble."""
    where = make_url(url)
    if standing(url) is None:
        raise UserError(f"{named(where)} is not there yet or empty: there is nothing to back up.")
    _must_be_writable(where, file)
    part = file.with_name(f".{file.name}.part")
    fresh(part)
    try:
        copied(Path(str(where.database)), part) if is_file(where) else _dumped(where, part)
        on_disk(part)
        passing("backup")
        part.replace(file)
        on_disk(file.absolute().parent)
    finally:
        gone(part)


def _must_be_writable(where: URL, file: Path) -> None:
    if not file.absolute().parent.is_dir():
        raise UserError(f"There is no folder {file.absolute().parent}. Nothing was written.")
    if not file.exists():
        return
    if is_file(where) and file.samefile(str(where.database)):
        raise UserError(f"{file} is the database itself. Name another file. Nothing was written.")
    if not file.is_file() or (file.stat().st_size and engine_of(file) is None):
        raise UserError(f"{file} is there already and is not a backup. Name another file. Nothing was written.")


def _dumped(where: URL, part: Path) -> None:
    run(
        "pg_dump",
        where,
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--exclude-table={MARK}",
        f"--file={part}",
    )
