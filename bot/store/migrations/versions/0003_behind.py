"""A delivery may wait for another line than its own: a thread's talk and the mention of a page both stand behind the card, and
not behind each other. And an incident's direct messages are found by it, to be given their link to the card."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("behind", sa.String))
    op.create_index("posts_by_incident", "posts", ["incident"])
