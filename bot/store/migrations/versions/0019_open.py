"""Open incidents are counted without reading them, which every scrape of `/metrics` asks for."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

OPEN = sa.text("state <> 'resolved'")


def upgrade() -> None:
    columns = ["severity", "state", "number"]
    op.create_index("incidents_open", "incidents", columns, sqlite_where=OPEN, postgresql_where=OPEN)
