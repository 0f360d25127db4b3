"""What the self-audit asks every minute is answered by an index: an unanswered incident that nobody will look at again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

FORGOTTEN = sa.text("state = 'triggered' AND next_at IS NULL")


def upgrade() -> None:
    columns = ["state", "number"]
    op.create_index("incidents_forgotten", "incidents", columns, sqlite_where=FORGOTTEN, postgresql_where=FORGOTTEN)
