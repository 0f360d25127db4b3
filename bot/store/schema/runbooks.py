"""Runs of runbooks: how each stands, what its steps answered, what it changed and how that is taken back, what it holds locked."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from bot.store.schema.columns import Instant, Json, String, Text, metadata

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("runbook", String, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Instant),
    Column("body", Json, nullable=False),
    Column("version", Integer, nullable=False),
)

outputs = Table(
    "outputs",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("step", String, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),
)
"""What steps answered, whole: a message holds little of it."""
Index("outputs_by_age", outputs.c.at)

undo = Table(
    "undo",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("log", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("run", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("target", String, nullable=False),
    Column("label", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("before", Json, nullable=False),
    Column("known", Boolean, nullable=False),
    Column("after", Json, nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("back", Json, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String, nullable=False),
    Column("state", String(8), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String),
    Column("remind_at", Instant),
)
"""The undo ledger: what runs have changed, and how it is taken back."""
Index("undo_by_log", undo.c.log, undo.c.state)
Index("undo_by_target", undo.c.target, undo.c.made_at)

locks = Table(
    "locks",
    metadata,
    Column("target", String, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("log", Integer, nullable=False),
    Column("title", String, nullable=False),
    Column("by", String, nullable=False),
    Column("since", Instant, nullable=False),
)
Index("locks_by_run", locks.c.run)
