"""PagerDuty's incidents beside ours, as far as its webhooks have told of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "counterparts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("incident", sa.Integer, sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("occurred_at", sa.BigInteger),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("heard_at", sa.BigInteger, nullable=False),
        sa.Column("people", sa.Text, nullable=False),
    )
    op.create_index("counterparts_by_incident", "counterparts", ["incident"])
