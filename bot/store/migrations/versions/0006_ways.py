"""A page has an instant from which on it is late. Where every way of somebody's level fails, another one is taken then."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

LATE = sa.text("state = 'waiting' AND late_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("late_at", sa.BigInteger))
    op.create_index("deliveries_late", "deliveries", ["late_at"], sqlite_where=LATE, postgresql_where=LATE)
