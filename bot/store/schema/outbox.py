"""What leaves: the deliveries, written down with the decision they follow from, and where the messages stand that are redrawn."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, text

from bot.store.schema.columns import Instant, Json, String, Text, metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", String(24), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("incident", Integer, ForeignKey("incidents.number")),
    Column("line", String, nullable=False),
    Column("key", String, nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", String(8), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("owner", String),
    Column("lease_until", Instant),
    Column("repeat", Boolean, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("receipt", Json),
    Column("error", Text),
    Column("behind", String),
    Column("rank", Integer, nullable=False, server_default="0"),
    Column("late_at", Instant),
)
"""`rank` is how grave what waits is, 0 before all else: replicas of a version that knew none leave it to the database."""
LATE = text("state = 'waiting' AND late_at IS NOT NULL")
"""What has not got through yet, and is looked at once it is late: perhaps another way has to be taken."""
Index("deliveries_due", *(deliveries.c[name] for name in ("state", "lane", "rank", "due_at", "id")))
Index("deliveries_line", deliveries.c.line, deliveries.c.id)
Index("deliveries_by_incident", deliveries.c.incident, deliveries.c.kind)

posts = Table(
    "posts",
    metadata,
    Column("key", String, primary_key=True),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("team", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("ts", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("link", String),
)
"""The messages that are redrawn in place: `card:3`, `run:5`, `ask:…`, `page:17`."""
Index("posts_by_message", posts.c.channel, posts.c.ts)
Index("posts_by_incident", posts.c.incident)
