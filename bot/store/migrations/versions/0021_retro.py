"""What is to be done after an incident, when its leader is asked for a word to others, and its postmortem."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("incident", sa.Integer, sa.ForeignKey("incidents.number"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("who", sa.String),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.String),
        sa.Column("link", sa.String, nullable=False),
    )
    op.create_index("actions_by_incident", "actions", ["incident"])
    op.create_index("actions_open", "actions", ["state", "who"])
    op.create_table(
        "update_asks",
        sa.Column("incident", sa.Integer, sa.ForeignKey("incidents.number"), primary_key=True),
        sa.Column("due_at", sa.BigInteger, nullable=False),
    )
    op.create_index("update_asks_due", "update_asks", ["due_at"])
    op.create_table(
        "postmortems",
        sa.Column("incident", sa.Integer, sa.ForeignKey("incidents.number"), primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger),
        sa.Column("by", sa.String),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("place", sa.String, nullable=False),
    )
