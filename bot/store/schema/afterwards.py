"""What incidents leave to be done and said: action items, postmortems, words to those outside."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from bot.store.schema.columns import Instant, String, Text, metadata

actions = Table(
    "actions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("text", Text, nullable=False),
    Column("who", String),
    Column("due_at", Instant),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String, nullable=False),
    Column("state", String(8), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String),
    Column("link", String, nullable=False),
)
"""What has to be done after incidents."""
Index("actions_by_incident", actions.c.incident)
Index("actions_open", actions.c.state, actions.c.who)

postmortems = Table(
    "postmortems",
    metadata,
    Column("incident", Integer, ForeignKey("incidents.number"), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("asked", Integer, nullable=False),
    Column("at", Instant),
    Column("by", String),
    Column("reason", Text, nullable=False),
    Column("place", String, nullable=False),
)
"""Whether an incident's postmortem was asked for, is there (and where), or is waived (and why)."""

update_asks = Table(
    "update_asks",
    metadata,
    Column("incident", Integer, ForeignKey("incidents.number"), primary_key=True),
    Column("due_at", Instant, nullable=False),
)
"""When whoever leads an incident is asked next for a word to those outside."""
Index("update_asks_due", update_asks.c.due_at)
