"""`incident-bot insights`: what months of incidents show, from the database, without a running bot."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.look import require_database
from bot.cli.session import Session
from bot.cli.writing import OUTPUT, put
from bot.configuration import load
from bot.errors import ConfigError
from bot.usecases.insights import MOST, WEEKS

FORMATS = ("text", "json", "csv", "md", "html")


@click.command()
@click.option(
    "--weeks", type=click.IntRange(1, MOST), default=WEEKS, show_default=True, help="How many weeks, up to now."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@OUTPUT
@click.pass_obj
def insights(session: Session, weeks: int, form: str, file: Path | None) -> None:
    """Incidents, pages and nights a week; how fast; what was noise; what helped; who carried it."""
    from bot.reports import rendering
    from bot.retro.insights_export import as_csv, as_json
    from bot.retro.insights_report import as_report
    from bot.usecases.insights import insights_of

    try:
        config = load(Path(session.settings.config_dir))
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used:\n{error}") from None
    require_database(session)
    found = session.read(insights_of, config, session.clock.now(), weeks)
    if form in ("json", "csv"):
        text = as_json(found) if form == "json" else as_csv(found)
    else:
        names = {email: person.name for email, person in config.bot.people.items()}
        text = rendering.FORMATS[form](as_report(found, names))
    put(text, file)
