"""Turns the database's own errors into one sentence that says what is wrong and what to do about it.

It refuses to show an address's password, a statement or its values. An error that is a defect of ours, not the ground's, is none of
this room's: it has no sentence, and stays what it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError, InvalidRequestError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import StoreDown

_SQLITE = (
    (
        "file is not a database",
        "is no SQLite database, or is damaged. Put a backup in its place, or name another file.",
    ),
    ("malformed", "is damaged. Stop the bot and put a backup in its place."),
    ("readonly", "cannot be written: the file or its folder is read-only. Give this user the right to write there."),
    ("unable to open", "cannot be opened. {folder}"),
    ("full", "cannot grow: the disk is full. Make room; what was refused meanwhile is sent again."),
    ("disk i/o", "cannot be read or written: its disk fails. Look at the disk and at the system's log."),
    ("locked", "is locked by another process. It goes on as soon as that one lets go."),
    ("busy", "is locked by another process. It goes on as soon as that one lets go."),
)
"""What SQLite says (in lower case, https://www.sqlite.org/rescode.html), and what that means."""

_POSTGRESQL = (
    ("53100", "has no room left on its disk. Make room there; what was refused meanwhile is sent again."),
    ("53200", "is out of memory. Look at that server."),
    ("53300", "takes no more connections. Raise `max_connections`, or end some."),
    ("25006", "is read-only: a standby, or one that was switched over. DATABASE_URL has to name the primary."),
    ("57014", "took too long. Look at the load of that server. It is tried again."),
    ("55P03", "did not give its lock in time: another replica holds it. It is tried again."),
    ("25P03", "ended a transaction that stood still. It is tried again."),
    ("28", "refuses the user or password of DATABASE_URL."),
    ("3D000", "has no database of that name. Create it, or mend DATABASE_URL."),
    ("42501", "does not let this user do that. Grant it the rights on its database."),
    ("57P", "is shutting down or starting up. It is tried again."),
    ("08", "broke off the connection. It is tried again."),
)
"""How PostgreSQL's SQLSTATE begins (https://www.postgresql.org/docs/current/errcodes-appendix.html), and what that means."""

_REFUSED = (
    ("authentication failed", "28"),
    ("pg_hba", "28"),
    ("too many", "53300"),
    ("does not exist", "3D000"),
    ("read-only", "25006"),
    ("starting up", "57P"),
    ("shutting down", "57P"),
    ("recovery", "57P"),
)
"""How a connection is refused: libpq hands on no SQLSTATE then, only words."""

_GONE = "connection is closed"
"""How SQLAlchemy says that each new connection was dead before it was used."""
NO_ANSWER = "cannot be reached. Is it up, and is DATABASE_URL right? It is tried again."


def told(error: BaseException, url: str) -> str | None:
    """The sentence; `None` where the ground is not to blame."""
    where = make_url(url)
    if isinstance(error, PoolTimeout) or (isinstance(error, InvalidRequestError) and _GONE in str(error)):
        return f"{named(where)} does not answer. It is tried again."
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        means = _of_sqlite(cause, where)
    else:
        means = _of_postgresql(cause) if isinstance(error, DBAPIError) or hasattr(cause, "sqlstate") else None
    return f"{named(where)} {means}" if means else None


@contextmanager
def grounded(url: str) -> Iterator[None]:
    """Whatever of the block fails because of the ground is `StoreDown`; anything else stays what it is."""
    try:
        yield
    except SQLAlchemyError as error:
        if (down := as_down(error, url)) is None:
            raise
        raise down from error


def is_silence(error: DBAPIError) -> bool:
    """Whether the database was given up because it did not answer: what it was asked last may have been done."""
    return bool(getattr(error.orig, "silent", False))


def is_locked_out(error: DBAPIError) -> bool:
    """Whether another holds PostgreSQL's lock for longer than anybody should."""
    return getattr(error.orig, "sqlstate", None) == "55P03"


def as_down(error: BaseException, url: str) -> StoreDown | None:
    """The error as the house knows it, where the ground is to blame."""
    if isinstance(error, StoreDown):
        return error
    sentence = told(error, url)
    return StoreDown(sentence) if sentence else None


def named(url: URL) -> str:
    """`The database bot.db`, `PostgreSQL at db.example:5432 (bot)`: never with a user or a password."""
    if url.get_backend_name() == "sqlite":
        return f"The database {url.database}"
    place = url.host or url.query.get("host") or "this machine"
    port = f":{url.port}" if url.port else ""
    return f"PostgreSQL at {place}{port} ({url.database or 'no database named'})"


def _of_sqlite(error: sqlite3.Error, url: URL) -> str | None:
    said = str(error).lower()
    means = next((means for word, means in _SQLITE if word in said), None)
    return means.format(folder=_why_not_opened(Path(url.database or ""))) if means else None


def _why_not_opened(path: Path) -> str:
    folder = path.absolute().parent
    if not folder.is_dir():
        return f"There is no folder {folder}: make it, or mend DATABASE_URL."
    return f"May this user read and write in {folder}?"


def _of_postgresql(error: BaseException | None) -> str | None:
    state = getattr(error, "sqlstate", None)
    if state is None:
        # The driver's own: no connection, none any more, or no answer in time.
        import psycopg

        if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return None
        state = next((state for word, state in _REFUSED if word in str(error)), None)
        if state is None:
            return NO_ANSWER
    return next((means for beginning, means in _POSTGRESQL if state.startswith(beginning)), None)
