"""What was decided about each alert, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("incident", sa.Integer),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("rule", sa.String),
        sa.Column("severity", sa.String(2), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_index("decisions_by_age", "decisions", ["first_at"])
    op.create_index(
        "decisions_by_cause",
        "decisions",
        ["cause"],
        sqlite_where=sa.text("cause <> ''"),
        postgresql_where=sa.text("cause <> ''"),
    )
