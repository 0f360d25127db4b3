"""Who handed over to whom, who has said that they have it, and where that stands in Slack."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("moved", sa.Text, nullable=False),
        sa.Column("accepted", sa.Text, nullable=False),
        sa.Column("posts", sa.Text, nullable=False),
    )
    op.create_index("handoffs_by_age", "handoffs", ["at"])
