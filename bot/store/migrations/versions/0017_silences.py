"""What is kept quiet, and the alerts that it keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "silences",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("matchers", sa.Text, nullable=False),
        sa.Column("starts_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("window", sa.String, nullable=False),
        sa.Column("next_at", sa.BigInteger),
    )
    op.create_index("silences_due", "silences", ["next_at"])
    op.create_index("silences_by_end", "silences", ["ends_at"])
    op.create_table(
        "held",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("silence", sa.String, sa.ForeignKey("silences.id"), nullable=False),
        sa.Column("rule", sa.String),
        sa.Column("severity", sa.String(2), nullable=False),
        sa.Column("alert", sa.Text, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_index("held_by_silence", "held", ["silence"])
    op.create_index("held_expiring", "held", ["ends_at"])
    op.add_column("incidents", sa.Column("silenced_by", sa.String))
