"""Reads and writes overrides made in Slack, requests for a stand-in, and the log of who changed the rota and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from bot.errors import UserError
from bot.store import numbers, schema
from oncall.cover import Request
from oncall.rota import Override
from oncall.values import dataclass, fields

_O, _R, _L = schema.overrides, schema.cover_requests, schema.rota_log
_FIELDS = tuple(field.name for field in fields(Request))


def overrides(conn: Connection) -> list[Override]:
    """Those that stand, oldest first."""
    rows = conn.execute(select(_O).where(_O.c.ended_at.is_(None)).order_by(_O.c.id))
    return [Override(r.role, r.person, r.start, r.until, r.reason, "slack") for r in rows]


def add_override(
    conn: Connection,
    rotation: str,
    override: Override,
    made_by: str,
    at: datetime | None = None,
    kind: str = "override",
) -> int:
    """Answers with its number. `kind`: what it came of, `override`, `take`, `swap` or `away`."""
    row = {
        "rotation": rotation,
        "role": override.role,
        "person": override.person,
        "start": override.start,
        "until": override.until,
        "reason": override.reason,
        "made_by": made_by,
        "made_at": at,
        "kind": kind,
    }
    if numbers.given(conn):  # else the database counts
        row["id"] = numbers.following(conn, _O.c.id)
    return int(conn.execute(insert(_O).returning(_O.c.id), row).scalar_one())


@dataclass(frozen=True, slots=True)
class Made:
    """An override as it was made."""

    id: int
    override: Override
    made_by: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of a role that an override changed, or changed back; half-open, UTC."""

    role: str
    start: datetime
    until: datetime
    at: datetime
    """When it did so last."""


def changes(conn: Connection, at: datetime) -> list[Change]:
    """Of every override that was ever made, those withdrawn among them."""
    return [
        Change(r.role, r.start, r.until, max(e for e in (r.made_at or r.start, r.ended_at, r.until) if e and e <= at))
        for r in conn.execute(select(_O).order_by(_O.c.id))
        if (r.made_at or r.start) <= at
    ]


def override(conn: Connection, number: int) -> Made:
    row = conn.execute(select(_O).where(_O.c.id == number)).first()
    if row is None:
        raise UserError("That override is not known here any more. Nothing was done.")
    made = Override(row.role, row.person, row.start, row.until, row.reason, "slack")
    return Made(row.id, made, row.made_by, row.ended_at)


def end_override(conn: Connection, made: Made, at: datetime) -> None:
    """It holds no longer. What of it has passed stays true."""
    begun = made.override.start < at
    values = {"until": at} if begun else {"ended_at": at}
    conn.execute(update(_O).where(_O.c.id == made.id).values(values))


def _request(row: Row[Any]) -> Request:
    return Request(**{name: getattr(row, name) for name in _FIELDS})


def add_request(conn: Connection, request: Request, next_at: datetime | None) -> None:
    conn.execute(insert(_R), {name: getattr(request, name) for name in _FIELDS} | {"next_at": next_at})


def next_request(conn: Connection) -> int:
    return numbers.following(conn, _R.c.id)


def request(conn: Connection, number: int) -> Request:
    row = conn.execute(select(_R).where(_R.c.id == number)).first()
    if row is None:
        raise UserError("That request is not known here any more. Nothing was done.")
    return _request(row)


def open_requests(conn: Connection, at: datetime) -> list[Request]:
    """Those that stand, oldest first."""
    rows = conn.execute(select(_R).where(_R.c.ended_at.is_(None), _R.c.until > at).order_by(_R.c.id))
    return [_request(row) for row in rows]


def due_requests(conn: Connection, at: datetime) -> list[Request]:
    return [_request(row) for row in conn.execute(select(_R).where(_R.c.next_at <= at).order_by(_R.c.id))]


NEXT_ASK = select(func.min(_R.c.next_at)).where(_R.c.next_at.is_not(None))
"""When the channel is asked next."""


def ask_again(conn: Connection, number: int, next_at: datetime | None) -> None:
    conn.execute(update(_R).where(_R.c.id == number).values(next_at=next_at))


def withdraw(conn: Connection, number: int, at: datetime) -> None:
    conn.execute(update(_R).where(_R.c.id == number).values(ended_at=at, next_at=None))


def place(conn: Connection, number: int) -> tuple[str, str] | None:
    """Where its message stands: channel and ts."""
    row = conn.execute(select(_R.c.channel, _R.c.ts).where(_R.c.id == number)).first()
    return (row.channel, row.ts) if row is not None and row.ts else None


def keep_place(conn: Connection, number: int, channel: str, ts: str) -> None:
    conn.execute(update(_R).where(_R.c.id == number).values(channel=channel, ts=ts))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the rota's log."""

    at: datetime
    kind: str
    actor: str
    text: str
    data: Mapping[str, Any]


def log(conn: Connection, entry: Entry) -> None:
    number = int(conn.execute(select(func.coalesce(func.max(_L.c.id), 0))).scalar_one()) + 1
    row = {"id": number, "at": entry.at, "kind": entry.kind, "actor": entry.actor, "text": entry.text}
    conn.execute(insert(_L), row | {"data": dict(entry.data)})


def story(conn: Connection, limit: int = 100) -> Sequence[Entry]:
    """What was done to the rota in Slack, newest first."""
    rows = conn.execute(select(_L).order_by(_L.c.id.desc()).limit(limit))
    return [Entry(row.at, row.kind, row.actor, row.text, row.data) for row in rows]
