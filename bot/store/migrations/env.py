"""Alembic's entry: runs the revisions on the connection that `bot.store.migrate` holds, inside its transaction."""

from alembic import context

from bot.store.schema import indexes  # noqa: F401 - completes the metadata
from bot.store.schema.columns import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
