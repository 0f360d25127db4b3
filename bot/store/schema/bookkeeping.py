"""The bot's own bookkeeping: what was done once and must not be again, what comes round, single facts."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table

from bot.store.schema.columns import Instant, Json, String, metadata

once = Table(
    "once",
    metadata,
    Column("key", String, primary_key=True),
    Column("at", Instant, nullable=False),
)
Index("once_by_age", once.c.at)

jobs = Table(
    "jobs",
    metadata,
    Column("name", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("last_at", Instant),
)
"""What comes round: `due_at` was worked out from `rule`, and is worked out anew when that changes."""

facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Json, nullable=False),
    Column("at", Instant, nullable=False),
)
"""Single facts of the whole bot: the last good configuration, the channel's id, the stored `auth.test`."""
