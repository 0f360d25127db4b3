"""Reads and writes PagerDuty's incidents beside ours: what a word that names only theirs is about, and how old news is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.store import schema
from bot.store.upsert import upsert
from oncall.values import dataclass

_T = schema.counterparts


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """One incident over there. Times of words are the vendor's, `heard_at` is ours."""

    id: str
    incident: int
    occurred_at: datetime | None = None
    """When its state last changed there, as far as we heard."""
    first_at: datetime
    """When it was first heard of here."""
    heard_at: datetime
    """When it was last heard of here."""
    people: tuple[str, ...] = ()
    """Whom it calls there, by the names they have there."""


def find(conn: Connection, id_: str) -> Counterpart | None:
    row = conn.execute(select(_T).where(_T.c.id == id_)).first()
    return Counterpart(**{**row._mapping, "people": tuple(row.people)}) if row else None


def of_incident(conn: Connection, incident: int) -> list[Counterpart]:
    """Oldest first: a key that was resolved there and is triggered anew is another incident there."""
    rows = conn.execute(select(_T).where(_T.c.incident == incident).order_by(_T.c.first_at, _T.c.id))
    return [Counterpart(**{**row._mapping, "people": tuple(row.people)}) for row in rows]


def keep(conn: Connection, counterpart: Counterpart) -> None:
    row = {column.name: getattr(counterpart, column.name) for column in _T.c}
    changed = {name: value for name, value in row.items() if name not in ("id", "incident", "first_at")}
    statement = upsert(conn.dialect.name, _T).values(row)
    conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))


def ever_heard(conn: Connection) -> bool:
    """Whether any word about an incident of ours has ever come."""
    return conn.execute(select(_T.c.id).limit(1)).first() is not None


def last_heard(conn: Connection, incident: int) -> datetime | None:
    """When the last word about this one came."""
    found: datetime | None = conn.execute(select(func.max(_T.c.heard_at)).where(_T.c.incident == incident)).scalar()
    return found


def names(of: Sequence[Counterpart]) -> tuple[str, ...]:
    """Whom they call there, each once."""
    return tuple(dict.fromkeys(name for each in of for name in each.people))
