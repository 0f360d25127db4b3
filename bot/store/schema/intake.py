"""What came in: the alerts by source and key, what was decided about each, and what a silence keeps from calling."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table

from bot.store.schema.columns import Instant, Json, String, Text, metadata

alerts = Table(
    "alerts",
    metadata,
    Column("source", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("status", String(8), nullable=False),
    Column("summary", Text, nullable=False),
    Column("labels", Json, nullable=False),
    Column("value", String),
    Column("starts_at", Instant),
    Column("ends_at", Instant),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("came_from", Integer),
)
Index("alerts_by_incident", alerts.c.incident)

decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("source", String, nullable=False),
    Column("key", String, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("incident", Integer),
    Column("cause", String, nullable=False),
    Column("rule", String),
    Column("severity", String(2), nullable=False),
    Column("summary", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
)
"""What was decided about each alert; `cause` is the silence or the incident that kept it quiet."""
Index("decisions_by_age", decisions.c.first_at)

silences = Table(
    "silences",
    metadata,
    Column("id", String, primary_key=True),
    Column("matchers", Json, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("created_by", String, nullable=False),
    Column("comment", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("window", String, nullable=False),
    Column("next_at", Instant),
)
"""`next_at`: when its beginning or its end has to be said; whether it is in force is worked out."""
Index("silences_due", silences.c.next_at)
Index("silences_by_end", silences.c.ends_at)

held = Table(
    "held",
    metadata,
    Column("source", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("silence", String, ForeignKey("silences.id"), nullable=False),
    Column("rule", String),
    Column("severity", String(2), nullable=False),
    Column("alert", Json, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("count", Integer, nullable=False),
)
"""Alerts that fire and that a silence keeps from calling anybody, whole: at its end they are taken as if they came then."""
Index("held_by_silence", held.c.silence)
Index("held_expiring", held.c.ends_at)
