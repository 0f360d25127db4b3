"""`incident-bot postmortem N`: the draft from the record, by the team's template, without a running bot."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import Connection

from bot.cli.look import number_of, require_incident
from bot.cli.session import Session
from bot.cli.writing import OUTPUT, put
from bot.configuration import load
from bot.context import Context
from bot.errors import ConfigError, UserError
from bot.incidents import name_of
from bot.store import Tx


@click.command()
@click.argument("number", callback=number_of)
@click.option("--format", "form", type=click.Choice(["md", "html"]), default="md", show_default=True)
@OUTPUT
@click.pass_obj
def postmortem(session: Session, number: int, form: str, file: Path | None) -> None:
    """Print the draft of the postmortem of incident NUMBER: what the record says, put into config/postmortem.md."""
    require_incident(session, number)
    try:
        config = load(Path(session.settings.config_dir))
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used:\n{error}") from None
    at, ctx = session.clock.now(), Context(config, frozenset(session.settings.transports()))

    def drafted(conn: Connection) -> str:
        from bot.usecases.postmortems import draft

        return draft(Tx(conn, at, at), ctx, number)

    try:
        text = session.read(drafted)
    except UserError as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    if form == "html":
        from bot.reports.html import body_of, page

        text = page(f"Postmortem of {name_of(number)}", body_of(text))
    put(text, file)
