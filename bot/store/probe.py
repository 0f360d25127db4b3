"""Could the bot write here? Asked by `check`, which must leave everything as it was."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from bot.store import facts
from bot.store.engines import writing_engine
from bot.store.trouble import grounded, named

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def trouble_of_writing(url: str, *, made: bool) -> str | None:
    """What would keep a start from writing, if it is known. Raises `StoreDown` for what the database says itself.

    `made`: whether there is a database whose tables can be tried; what is tried is rolled back.
    """
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        folder = Path(where.database or "").absolute().parent
        if not folder.is_dir():
            return f"{named(where)} cannot be made: there is no folder {folder}. Make it, or mend DATABASE_URL."
        if not os.access(folder, os.W_OK | os.X_OK):
            return f"{named(where)} cannot be written: {folder} is read-only for this user. SQLite writes beside its file, too."
    if made:
        _try(url)
    return None


def _try(url: str) -> None:
    engine = writing_engine(url)
    try:
        with grounded(url), engine.connect() as conn, conn.begin() as transaction:
            facts.put(conn, "check", True, _EPOCH)
            transaction.rollback()
    finally:
        engine.dispose()
