"""Until when an incident keeps still: the clock of an acknowledgement, or a snooze. And whose turn it was in each role."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("held_until", sa.BigInteger))
    op.create_table(
        "turns",
        sa.Column("role", sa.String, primary_key=True),
        sa.Column("person", sa.String),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
    )
