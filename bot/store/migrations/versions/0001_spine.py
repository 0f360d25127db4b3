"""The spine: incidents, their events and alerts, the outbox, runbook runs, and what the bot knows of the workspace."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _facts()
    _incidents()
    _members()
    _once()
    _overrides()
    _alerts()
    _deliveries()
    _events()
    _posts()
    _runs()


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("join_key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("severity", sa.String(2), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rule", sa.String()),
        sa.Column("runbook", sa.String()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("mitigated_at", sa.BigInteger()),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("resolved_by_alert", sa.Boolean(), nullable=False),
        sa.Column("commander", sa.String()),
        sa.Column("respond_from", sa.BigInteger(), nullable=False),
        sa.Column("respond_by", sa.BigInteger()),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("ladder_from", sa.BigInteger(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("firing", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("threshold", sa.String(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("runbook_url", sa.String(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("incidents_by_state", "incidents", ["state", "number"])
    op.create_index(
        "incidents_due",
        "incidents",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "incidents_one_open_per_key",
        "incidents",
        ["join_key"],
        unique=True,
        sqlite_where=sa.text("state <> 'resolved'"),
        postgresql_where=sa.text("state <> 'resolved'"),
    )


def _members() -> None:
    op.create_table(
        "members",
        sa.Column("team", sa.String(), primary_key=True),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("email", sa.String()),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("members_by_email", "members", ["email"])


def _once() -> None:
    op.create_table(
        "once",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("once_by_age", "once", ["at"])


def _overrides() -> None:
    op.create_table(
        "overrides",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("rotation", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("incident", sa.Integer(), sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("value", sa.String()),
        sa.Column("starts_at", sa.BigInteger()),
        sa.Column("ends_at", sa.BigInteger()),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_index("alerts_by_incident", "alerts", ["incident"])
    op.create_index(
        "alerts_expiring",
        "alerts",
        ["ends_at"],
        sqlite_where=sa.text("status = 'firing' AND ends_at IS NOT NULL"),
        postgresql_where=sa.text("status = 'firing' AND ends_at IS NOT NULL"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("lane", sa.String(8), nullable=False),
        sa.Column("incident", sa.Integer(), sa.ForeignKey("incidents.number")),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("owner", sa.String()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("repeat", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("receipt", sa.Text()),
        sa.Column("error", sa.Text()),
    )
    op.create_index("deliveries_by_incident", "deliveries", ["incident", "kind"])
    op.create_index("deliveries_due", "deliveries", ["state", "lane", "due_at", "id"])
    op.create_index("deliveries_line", "deliveries", ["line", "id"])
    op.create_index(
        "deliveries_one_waiting_per_key",
        "deliveries",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("incident", sa.Integer(), sa.ForeignKey("incidents.number"), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )


def _posts() -> None:
    op.create_table(
        "posts",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("incident", sa.Integer(), sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("posts_by_message", "posts", ["channel", "ts"])


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("incident", sa.Integer(), sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("runbook", sa.String(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index(
        "runs_due",
        "runs",
        ["due_at"],
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(
        "runs_one_active",
        "runs",
        ["incident", "runbook"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
