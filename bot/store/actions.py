"""Reads and writes action items."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.errors import UserError
from bot.retro.actions import Item
from bot.store import numbers, schema
from oncall.values import fields

_T = schema.actions
_FIELDS = tuple(field.name for field in fields(Item))


def _item(row: Row[Any]) -> Item:
    return Item(**{name: getattr(row, name) for name in _FIELDS})


def next_id(conn: Connection) -> int:
    return numbers.following(conn, _T.c.id)


def add(conn: Connection, item: Item) -> None:
    conn.execute(insert(_T), {name: getattr(item, name) for name in _FIELDS})


def save(conn: Connection, item: Item) -> None:
    values = {name: getattr(item, name) for name in _FIELDS if name != "id"}
    conn.execute(update(_T).where(_T.c.id == item.id).values(values))


def drop_open(conn: Connection, incident: int, by: str, at: datetime) -> int:
    """Whatever is still to be done of one incident is dropped. Says how much that was."""
    query = update(_T).where(_T.c.incident == incident, _T.c.state == "open")
    return int(conn.execute(query.values(state="dropped", ended_at=at, ended_by=by)).rowcount)


def load(conn: Connection, number: int) -> Item:
    row = conn.execute(select(_T).where(_T.c.id == number)).first()
    if row is None:
        raise UserError(f"There is no action item A{number}. `/incident action` lists the open ones.")
    return _item(row)


def of_incident(conn: Connection, incident: int) -> list[Item]:
    """All of one incident, oldest first."""
    return _read(conn, _T.c.incident == incident)


def open_items(conn: Connection, who: str | None = None) -> list[Item]:
    """What is still to be done: by everybody, or by one person; oldest first."""
    return _read(conn, _T.c.state == "open", *([_T.c.who == who] if who is not None else []))


def _read(conn: Connection, *where: Any) -> list[Item]:
    return [_item(row) for row in conn.execute(select(_T).where(*where).order_by(_T.c.id))]
