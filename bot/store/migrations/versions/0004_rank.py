"""What waits in the pages' lane leaves by how grave it is, then by its age: a P0 does not stand behind the P1s that came before.
The same for incidents whose next level is due."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

DUE = sa.text("next_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("rank", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "UPDATE deliveries SET rank = CASE (SELECT severity FROM incidents WHERE number = deliveries.incident)"
        " WHEN 'P1' THEN 1 WHEN 'P2' THEN 2 ELSE 0 END WHERE state IN ('waiting', 'sending') AND lane = 'page'"
    )
    op.drop_index("deliveries_due", "deliveries")
    op.create_index("deliveries_due", "deliveries", ["state", "lane", "rank", "due_at", "id"])
    op.drop_index("incidents_due", "incidents")
    columns = ["next_at", "severity", "number"]
    op.create_index("incidents_due", "incidents", columns, sqlite_where=DUE, postgresql_where=DUE)
