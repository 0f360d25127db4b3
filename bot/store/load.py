"""Who was called since an instant, from the log. Drills are none of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, or_, select

from bot.store import schema
from bot.store.incidents import COUNTED
from oncall.load import Call

SILENT = "email"
TOLD = ("holder", "offered")
"""Whom a page only tells something: it wakes nobody who has not taken it."""


def calls(conn: Connection, since: datetime) -> list[Call]:
    """Every page of a person that a transport took, mails left out."""
    e, i = schema.events, schema.incidents
    recent = or_(i.c.resolved_at.is_(None), i.c.resolved_at >= since)
    query = (
        select(e.c.incident, e.c.at, e.c.data)
        .join(i, i.c.number == e.c.incident)
        .where(recent, COUNTED, e.c.kind == "paged", e.c.at >= since)
    )
    return [
        Call(row.at, row.incident, row.data["person"])
        for row in conn.execute(query)
        if row.data.get("person") and row.data.get("via") != SILENT and row.data.get("role") not in TOLD
    ]
