"""Drills: who takes part, how far each has been played, and where its invitation stands."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "drills",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("incident", sa.Integer, sa.ForeignKey("incidents.number")),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("running_since", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("channel", sa.String),
        sa.Column("ts", sa.String),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("drills_due", "drills", ["due_at"])
    op.create_index("drills_running", "drills", ["running_since"])
