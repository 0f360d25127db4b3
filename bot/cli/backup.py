"""`incident-bot backup FILE` and `restore FILE`: the whole database in one file, and back; yesterday's backup pages nobody."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.held import shown
from bot.cli.session import Session
from bot.errors import UserError

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command()
@FILE
@click.pass_obj
def backup(session: Session, file: Path) -> None:
    """Back up the database to FILE, whether or not the bot is running. An older backup is replaced once the new one is complete."""
    from bot.store.backup import backup as write

    try:
        write(session.settings.database, file)
    except UserError as refusal:
        raise click.ClickException(str(refusal)) from None
    size = file.stat().st_size / 1e6
    click.echo(f"{file}: {size:,.1f} MB. It holds names and what people wrote: keep it as you keep the database.")


@click.command()
@FILE
@click.option(
    "--replace", is_flag=True, help="Replace a database that holds incidents. A SQLite file is kept beside it."
)
@click.pass_obj
def restore(session: Session, file: Path, replace: bool) -> None:
    """Put the backup FILE in the database's place, while no bot runs. What waited in it is held until somebody decides."""
    from bot.store.restoring import restore as put_back

    try:
        done = put_back(session.settings.database, file, session.clock.now(), replace=replace)
    except UserError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"{file} is the database now (it was of version {done.before}).")
    if done.kept is not None:
        click.echo(f"The previous database is kept as {done.kept}.")
    for line in shown(session):
        click.echo(line)
