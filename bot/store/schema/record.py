"""The record: the log of events, the chain of seals over it, and what was taken out of it on purpose.

Rows are added and, but for an erasure, never changed.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, text

from bot.store.schema.columns import Instant, Json, String, Text, metadata

events = Table(
    "events",
    metadata,
    Column("incident", Integer, ForeignKey("incidents.number"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("actor", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Json, nullable=False),
)
CALLED, STEP_OVER = text("events.kind = 'paged'"), text("events.kind = 'step_finished'")

seals = Table(
    "seals",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("incident", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sealed_at", BigInteger, nullable=False),
    Column("erasure", Integer, nullable=False),
    Column("actor", LargeBinary, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("link", LargeBinary, nullable=False),
)
"""The chain over the events (`bot.seals`)."""
Index("seals_of_event", seals.c.incident, seals.c.seq, seals.c.erasure, unique=True)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("actor", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Json, nullable=False),
)
"""What was taken out of the record on purpose, by whom and why: sealed like an event."""
