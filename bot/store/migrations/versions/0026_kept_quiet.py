"""Who is kept quiet by another incident is found by an index of their size: the engine asks in every round."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

KEPT_QUIET = sa.text("inhibited_by IS NOT NULL")


def upgrade() -> None:
    columns = ["state", "inhibited_by", "number"]
    op.create_index("incidents_kept_quiet", "incidents", columns, sqlite_where=KEPT_QUIET, postgresql_where=KEPT_QUIET)
