"""Reads and writes the undo ledger: at most one open entry per log and target."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from bot.errors import UserError
from bot.runbooks.undo import Entry, State
from bot.store import numbers, schema

_T = schema.undo
_FIELDS = tuple(column.name for column in _T.c if column.name not in ("ended_at", "ended_by", "remind_at"))


def _entry(row: Row[Any]) -> Entry:
    return Entry(**{name: getattr(row, name) for name in _FIELDS})


def load(conn: Connection, entry_id: int) -> Entry:
    row = conn.execute(select(_T).where(_T.c.id == entry_id)).first()
    if row is None:
        raise UserError("That change is not known here any more. Nothing was done.")
    return _entry(row)


def open_of(conn: Connection, log: int) -> list[Entry]:
    """What still stands changed in one log, oldest first."""
    query = select(_T).where(_T.c.log == log, _T.c.state == "open").order_by(_T.c.id)
    return [_entry(row) for row in conn.execute(query)]


def of_log(conn: Connection, log: int) -> list[Entry]:
    """Everything that was changed in one log, oldest first."""
    return [_entry(row) for row in conn.execute(select(_T).where(_T.c.log == log).order_by(_T.c.id))]


def standing(conn: Connection, log: int, target: str) -> Entry | None:
    row = conn.execute(select(_T).where(_T.c.log == log, _T.c.target == target, _T.c.state == "open")).first()
    return _entry(row) if row else None


def last_set(conn: Connection, target: str) -> tuple[Any, datetime] | None:
    """What the bot set a target to the last time, and when; in whatever log."""
    query = select(_T.c.after, _T.c.made_at).where(_T.c.target == target).order_by(_T.c.made_at.desc(), _T.c.id.desc())
    row = conn.execute(query.limit(1)).first()
    return (row.after, row.made_at) if row else None


def next_id(conn: Connection) -> int:
    return numbers.following(conn, _T.c.id)


def add(conn: Connection, entry: Entry) -> None:
    conn.execute(insert(_T), {name: getattr(entry, name) for name in _FIELDS})


def save(conn: Connection, entry: Entry, at: datetime, by: str) -> None:
    """Write an entry over the one it was; one that is over says since when and by whom."""
    values = {name: getattr(entry, name) for name in _FIELDS if name != "id"}
    if entry.state != "open":
        values |= {"ended_at": at, "ended_by": by, "remind_at": None}
    conn.execute(update(_T).where(_T.c.id == entry.id).values(values))


def end(conn: Connection, entries: Iterable[Entry], state: State, at: datetime, by: str) -> None:
    ids = [entry.id for entry in entries]
    ended = {"state": state, "ended_at": at, "ended_by": by, "remind_at": None}
    conn.execute(update(_T).where(_T.c.id.in_(ids)).values(ended))


def remind(conn: Connection, log: int, at: datetime | None) -> None:
    """When somebody is next told that these changes still stand; `None`: not any more."""
    conn.execute(update(_T).where(_T.c.log == log, _T.c.state == "open").values(remind_at=at))


def to_remind(conn: Connection, at: datetime) -> list[int]:
    """The logs whose changes are due to be told of."""
    query = select(_T.c.log).where(_T.c.state == "open", _T.c.remind_at <= at).distinct().order_by(_T.c.log)
    return list(conn.execute(query).scalars())


NEXT_REMINDER = select(func.min(_T.c.remind_at)).where(_T.c.remind_at.is_not(None))
"""When somebody has to be reminded of a change next."""
