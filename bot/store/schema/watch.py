"""What is watched: the figures and when they could not be read, the conditions that hold, the heartbeats that are awaited."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, Table

from bot.store.schema.columns import Instant, Json, String, Text, metadata

samples = Table(
    "samples",
    metadata,
    Column("metric", String, primary_key=True),
    Column("span", Integer, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("low", Double, nullable=False),
    Column("mean", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""What the metrics were: buckets of `span` seconds."""

gaps = Table(
    "gaps",
    metadata,
    Column("metric", String, primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("until", Instant, nullable=False),
    Column("why", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""When a metric could not be read."""

watched = Table(
    "watched",
    metadata,
    Column("condition", String, primary_key=True),
    Column("series", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("fired_at", Instant),
    Column("value", Double, nullable=False),
    Column("labels", Json, nullable=False),
    Column("text", Text, nullable=False),
)
"""What holds of that which is evaluated: pending without `fired_at`, else firing."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("due_at", Instant),
)
"""What has to say that it lives: by `due_at`; without one it was missed, and that was said."""
Index("heartbeats_due", heartbeats.c.due_at)
