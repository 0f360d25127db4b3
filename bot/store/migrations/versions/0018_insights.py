"""Indexes that answer what months of incidents ask: nothing is kept twice for it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

OPENING = [
    "opened_at",
    "drill",
    "severity",
    "rule",
    "resolved_by_alert",
    "respond_from",
    "respond_by",
    "acknowledged_at",
    "mitigated_at",
    "resolved_at",
    "number",
]


def upgrade() -> None:
    op.create_index("incidents_by_opening", "incidents", OPENING)
    for name, kind in (("events_called", "paged"), ("events_of_steps", "step_finished")):
        where = sa.text(f"kind = '{kind}'")
        op.create_index(name, "events", ["at"], sqlite_where=where, postgresql_where=where)
