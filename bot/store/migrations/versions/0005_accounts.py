"""What an account is in the workspace: a guest and somebody of another workspace are not the same, and apps are kept too."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("members", sa.Column("kind", sa.String))
