"""Which incidents belong together, which keep which quiet, and where an alert of a merged one came from."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("inhibited_by", sa.Integer))
    op.add_column("alerts", sa.Column("came_from", sa.Integer))
    some = sa.text("inhibited_by IS NOT NULL")
    op.create_index("incidents_inhibited", "incidents", ["inhibited_by"], sqlite_where=some, postgresql_where=some)
    op.create_table(
        "relations",
        sa.Column("child", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("parent", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("relations_by_parent", "relations", ["parent"])
