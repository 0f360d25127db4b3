"""What comes round at a time of the day, and when it is next."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger),
    )
