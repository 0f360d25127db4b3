"""The people: who they are in Slack, who stands in for whom, how roles change hands.

It refuses to hold the rota itself, which is the operator's file: only what people changed about it, and what was noticed of it.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table

from bot.store.schema.columns import Instant, Json, String, Text, metadata

members = Table(
    "members",
    metadata,
    Column("team", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("email", String),
    Column("name", String, nullable=False),
    Column("guest", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("kind", String),
)
"""`kind` is empty in a row that a version before wrote; `guest` is kept for one that still runs beside this one."""
Index("members_by_email", members.c.email)

overrides = Table(
    "overrides",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("rotation", String, nullable=False),
    Column("role", String, nullable=False),
    Column("person", String, nullable=False),
    Column("start", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", String, nullable=False),
    Column("kind", String),
    Column("made_at", Instant),
    Column("ended_at", Instant),
)
"""`kind` and `made_at` are empty in a row that a version before wrote."""

cover_requests = Table(
    "cover_requests",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(8), nullable=False),
    Column("person", String, nullable=False),
    Column("role", String),
    Column("start", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("next_at", Instant),
    Column("channel", String),
    Column("ts", String),
)
"""Who asks for a stand-in. What of it is still to be taken is worked out, never kept."""
Index("cover_requests_open", cover_requests.c.ended_at, cover_requests.c.until)

rota_log = Table(
    "rota_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("actor", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Json, nullable=False),
)
"""What people changed about who is on call, and why."""

turns = Table(
    "turns",
    metadata,
    Column("role", String, primary_key=True),
    Column("person", String),
    Column("since", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
)
"""Who filled each role when that was last looked at, and when it has to be looked at again: how a shift's end is noticed."""
handoffs = Table(
    "handoffs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("moved", Json, nullable=False),
    Column("accepted", Json, nullable=False),
    Column("posts", Json, nullable=False),
)
"""Roles that changed hands at one instant; `posts` is where each person's message about it stands."""
Index("handoffs_by_age", handoffs.c.at)
