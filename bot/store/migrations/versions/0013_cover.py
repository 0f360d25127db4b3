"""Who stands in for whom: requests for a stand-in, when and why overrides were made and ended, and the log of all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("overrides", sa.Column("kind", sa.String))
    op.add_column("overrides", sa.Column("made_at", sa.BigInteger))
    op.add_column("overrides", sa.Column("ended_at", sa.BigInteger))
    op.create_table(
        "cover_requests",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("role", sa.String),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("channel", sa.String),
        sa.Column("ts", sa.String),
    )
    op.create_index("cover_requests_open", "cover_requests", ["ended_at", "until"])
    op.create_table(
        "rota_log",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
