"""PostgreSQL: how many transactions have done nothing but count repeats, so that replicas can tell these from all others.

It goes with the table whose rows they count in: a restore drops the tables and nothing else.
"""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE countings OWNED BY alerts.count")
