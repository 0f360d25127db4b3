"""When an incident's value was reported: an old figure is shown with its age."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("value_at", sa.BigInteger))
