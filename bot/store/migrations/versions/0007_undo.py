"""What runs have changed and how it is taken back, and which run is changing what at present."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "undo",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("log", sa.Integer, sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("step", sa.String, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("known", sa.Boolean, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("certain", sa.Boolean, nullable=False),
        sa.Column("back", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.String),
        sa.Column("remind_at", sa.BigInteger),
    )
    op.create_index("undo_by_log", "undo", ["log", "state"])
    op.create_index("undo_by_target", "undo", ["target", "made_at"])
    op.create_index(
        "undo_reminders",
        "undo",
        ["remind_at"],
        sqlite_where=sa.text("remind_at IS NOT NULL"),
        postgresql_where=sa.text("remind_at IS NOT NULL"),
    )
    op.create_table(
        "locks",
        sa.Column("target", sa.String, primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("log", sa.Integer, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
    op.create_index("locks_by_run", "locks", ["run"])
