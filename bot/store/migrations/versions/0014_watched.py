"""The conditions that hold: since when, and since when they fire."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "watched",
        sa.Column("condition", sa.String, primary_key=True),
        sa.Column("series", sa.String, primary_key=True),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("fired_at", sa.BigInteger),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
