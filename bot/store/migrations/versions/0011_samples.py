"""Kept samples of the metrics, and when they could not be read."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "samples",
        sa.Column("metric", sa.String, primary_key=True),
        sa.Column("span", sa.Integer, primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True),
        sa.Column("low", sa.Double, nullable=False),
        sa.Column("mean", sa.Double, nullable=False),
        sa.Column("high", sa.Double, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "gaps",
        sa.Column("metric", sa.String, primary_key=True),
        sa.Column("since", sa.BigInteger, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
