"""Read-only questions about the outbox: what has been sent, how it ended, what leaves next. Nothing here claims or sends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, cast, select
from sqlalchemy import Text as PlainText

from bot.store import schema
from bot.store.deliveries import RANKS
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class LastSent:
    """How the last message to somebody ended."""

    arrived: bool
    at: datetime
    error: str


DIRECT = ("page", "handoff", "shift", "copy")
"""Kinds of delivery that may stand in a person's direct messages."""


LOOKED_THROUGH = 2_000
"""How many of the newest deliveries are looked through for them."""


def last_direct(conn: Connection) -> dict[str, LastSent]:
    """Of each person to whom something was sent directly in Slack of late, how the last of it ended; the newest first."""
    d = schema.deliveries
    newest = select(d.c.id).order_by(d.c.id.desc()).limit(LOOKED_THROUGH).scalar_subquery()
    query = select(d.c.payload, d.c.state, d.c.finished_at, d.c.error).where(
        d.c.id.in_(newest), d.c.kind.in_(DIRECT), d.c.state.in_(("done", "failed"))
    )
    found: dict[str, LastSent] = {}
    for row in conn.execute(query.order_by(d.c.finished_at.desc(), d.c.id.desc())):
        person = row.payload.get("person")
        if person is not None and row.payload.get("transport", "slack") == "slack":
            found.setdefault(person, LastSent(row.state == "done", row.finished_at, row.error or ""))
    return found


def last_state(conn: Connection, key: str) -> str | None:
    """How the newest delivery with this key stands."""
    d = schema.deliveries
    state: str | None = conn.execute(
        select(d.c.state).where(d.c.lane == "page", d.c.key == key).order_by(d.c.id.desc()).limit(1)
    ).scalar()
    return state


REPEATS = 10


def taken_as(conn: Connection, kind: str, line: str) -> list[str]:
    """By what the vendor knows the last of these that left, oldest first."""
    d = schema.deliveries
    query = select(d.c.receipt).where(d.c.line == line, d.c.kind == kind, d.c.state == "done")
    found = conn.execute(query.order_by(d.c.id.desc()).limit(REPEATS)).scalars()
    return [receipt["id"] for receipt in reversed(list(found)) if receipt and receipt["id"]]


def next_call(conn: Connection, at: datetime) -> Row[Any] | None:
    """The next page whose time has yet to come, and that was to leave no sooner."""
    d = schema.deliveries
    coming = and_(d.c.state == "waiting", d.c.lane == "page", d.c.rank.in_(RANKS["page"]), d.c.due_at > at)
    first = select(d).where(coming, d.c.kind == "page", d.c.attempts == 0).order_by(d.c.due_at, d.c.id)
    return conn.execute(first.limit(1)).first()


def ever_took(conn: Connection, transports: Iterable[str]) -> frozenset[str]:
    """Those of these transports that have ever taken a page. Looks through all of them: for who has time."""
    d = schema.deliveries
    taken = select(d.c.id).where(d.c.kind == "page", d.c.state == "done").limit(1)
    payload = cast(d.c.payload, PlainText)
    return frozenset(
        name
        for name in transports
        if conn.execute(taken.where(payload.contains(f'"transport":"{name}"', autoescape=True))).first() is not None
    )
