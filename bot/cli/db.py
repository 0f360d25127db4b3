"""`incident-bot db upgrade`: brings the database to this version; done at start anyway."""

from __future__ import annotations

import click

from bot.cli.session import Session


@click.group()
def db() -> None:
    """The database."""


@db.command()
@click.pass_obj
def upgrade(session: Session) -> None:
    """Bring the database to this version. Safe to repeat, and while replicas run."""
    from bot.store.migrate import HEAD
    from bot.store.migrate import upgrade as migrate

    before = migrate(session.settings.database)
    if before == HEAD:
        click.echo(f"The database is at version {HEAD} already.")
    else:
        click.echo(f"The database went from {before or 'empty'} to version {HEAD}.")
