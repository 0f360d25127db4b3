"""The incidents, on which all else hangs, and what stands beside one: its relations, PagerDuty's, the drill it is played for.

A row is an incident as it is now. It refuses to be the story: that is the log, in `record`.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, text

from bot.store.schema.columns import Instant, Json, LadderSnapshot, String, metadata

incidents = Table(
    "incidents",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("service", String, nullable=False),
    Column("join_key", String, nullable=False),
    Column("title", String, nullable=False),
    Column("severity", String(2), nullable=False),
    Column("state", String(16), nullable=False),
    Column("rule", String),
    Column("runbook", String),
    Column("opened_at", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("mitigated_at", Instant),
    Column("resolved_at", Instant),
    Column("resolved_by_alert", Boolean, nullable=False),
    Column("commander", String),
    Column("respond_from", Instant, nullable=False),
    Column("respond_by", Instant),
    Column("ladder", LadderSnapshot, nullable=False),
    Column("ladder_from", Instant, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("next_at", Instant),
    Column("held_until", Instant),
    Column("silenced_by", String),
    Column("inhibited_by", Integer),
    Column("alerts", Integer, nullable=False),
    Column("firing", Integer, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("value", String, nullable=False),
    Column("value_at", Instant),
    Column("threshold", String, nullable=False),
    Column("labels", Json, nullable=False),
    Column("links", Json, nullable=False),
    Column("runbook_url", String, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sealed", Integer, nullable=False, server_default="0"),
)
"""`sealed` is how many of its events are in the chain of seals; whoever saves an incident does not touch it."""
Index(
    "incidents_by_opening",
    *(incidents.c[name] for name in ("opened_at", "drill", "severity", "rule", "resolved_by_alert", "respond_from")),
    *(incidents.c[name] for name in ("respond_by", "acknowledged_at", "mitigated_at", "resolved_at", "number")),
)
"""Holds all that the insights ask of an incident: the rows themselves are wide."""
Index("incidents_by_state", incidents.c.state, incidents.c.number)

UNSEALED = text("last_seq > sealed")
OPEN = text("state <> 'resolved'")
FORGOTTEN = text("state = 'triggered' AND next_at IS NULL")
"""What must not be: an unanswered incident that nobody will look at again."""
KEPT_QUIET = incidents.c.inhibited_by.is_not(None)

relations = Table(
    "relations",
    metadata,
    Column("child", Integer, primary_key=True, autoincrement=False),
    Column("parent", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(8), nullable=False),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
)
"""Incidents that were merged into one another, or linked."""
Index("relations_by_parent", relations.c.parent)

counterparts = Table(
    "counterparts",
    metadata,
    Column("id", String, primary_key=True),
    Column("incident", Integer, ForeignKey("incidents.number"), nullable=False),
    Column("occurred_at", Instant),
    Column("first_at", Instant, nullable=False),
    Column("heard_at", Instant, nullable=False),
    Column("people", Json, nullable=False),
)
"""PagerDuty's incidents beside ours, as far as its webhooks have told of them."""
Index("counterparts_by_incident", counterparts.c.incident)

drills = Table(
    "drills",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False),
    Column("incident", Integer, ForeignKey("incidents.number")),
    Column("due_at", Instant),
    Column("running_since", Instant),
    Column("body", Json, nullable=False),
    Column("channel", String),
    Column("ts", String),
    Column("version", Integer, nullable=False),
)
"""Drills, and where the invitation to each stands. What happened in one is the log of its incident."""
Index("drills_due", drills.c.due_at)
Index("drills_running", drills.c.running_since)
