"""What is open is counted, and the gravest of it found, by its index alone: since there are drills both went through every row."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

OPEN = sa.text("state <> 'resolved'")


def upgrade() -> None:
    op.drop_index("incidents_open", "incidents")
    columns = ["drill", "severity", "state", "number"]
    op.create_index("incidents_open", "incidents", columns, sqlite_where=OPEN, postgresql_where=OPEN)
