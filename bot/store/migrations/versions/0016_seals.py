"""The chain of seals over the events. What happened before is sealed by the running bot, in small batches: not here."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

UNSEALED = sa.text("last_seq > sealed")


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("incident", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("sealed_at", sa.BigInteger, nullable=False),
        sa.Column("erasure", sa.Integer, nullable=False),
        sa.Column("actor", sa.LargeBinary, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("link", sa.LargeBinary, nullable=False),
    )
    op.create_index("seals_of_event", "seals", ["incident", "seq", "erasure"], unique=True)
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.add_column("incidents", sa.Column("sealed", sa.Integer, nullable=False, server_default="0"))
    op.create_index("incidents_unsealed", "incidents", ["number"], sqlite_where=UNSEALED, postgresql_where=UNSEALED)
