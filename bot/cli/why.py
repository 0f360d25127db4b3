"""`incident-bot why N|TEXT`: why somebody was called, or was not, from the database, without a running bot."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from sqlalchemy import Connection

from bot.cli.look import require_database, require_incident
from bot.cli.session import Session
from bot.configuration import load
from bot.context import Context
from bot.errors import ConfigError, UserError
from bot.incidents import number_from
from bot.store import Tx
from bot.usecases.why import why as lines_of
from bot.usecases.why_alert import why_alert


@click.command()
@click.argument("what", metavar="NUMBER|TEXT")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def why(session: Session, what: str, as_json: bool) -> None:
    """Say why people were or were not called for incident NUMBER, and who is next; or what became of alerts that contain TEXT."""
    number = number_from(what)
    if number:
        require_incident(session, number)
    else:
        require_database(session)
    try:
        config = load(Path(session.settings.config_dir))
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used:\n{error}") from None
    at = session.clock.now()
    ctx = Context(config, frozenset(session.settings.transports()), addresses=session.settings.addresses)

    def told(conn: Connection) -> list[str]:
        tx = Tx(conn, at, at)
        return lines_of(tx, ctx, number) if number else why_alert(tx, ctx, what)

    try:
        lines = session.read(told)
    except UserError as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    about = {"incident": number} if number else {"alert": what}
    click.echo(json.dumps({**about, "lines": lines}, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))
