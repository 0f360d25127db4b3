"""Under which address Slack opens a message of ours: asked once, and kept."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("posts", sa.Column("link", sa.String))
