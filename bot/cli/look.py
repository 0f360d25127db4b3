"""`incident-bot incidents` and `incident-bot timeline N`: what happened, from the database, without a running bot."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bot import timeline as timelines
from bot.cli.session import Session
from bot.configuration import Config, load
from bot.errors import ConfigError
from bot.incidents import OPEN_STATES, name_of, number_from
from bot.store import incidents as stored

FORMATS = ("text", "md", "json")
LATER = ("html", "png")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document, as GET /api/incidents answers.")
@click.option(
    "--only",
    "wanted",
    metavar="STATE",
    type=click.Choice(["open", *OPEN_STATES, "resolved"]),
    help="open (all but resolved), triggered, acknowledged, monitoring or resolved.",
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.pass_obj
def incidents(session: Session, as_json: bool, wanted: str | None, limit: int) -> None:
    """List incidents, newest first."""
    require_database(session)
    states = OPEN_STATES if wanted == "open" else (wanted,) if wanted else ()
    found = session.read(stored.newest, states=states, limit=limit)
    if as_json:
        click.echo(json.dumps({"incidents": [timelines.incident_json(i) for i in found]}, indent=2))
        return
    for incident in found:
        click.echo(timelines.incident_line(incident))
    if not found:
        click.echo("There is no incident." if not wanted else f"There is no incident that is {wanted}.")


def number_of(ctx: click.Context, param: click.Parameter, word: str) -> int:
    """The number of an incident, or of a run with a log of its own. Raises `BadParameter`."""
    number = number_from(word)
    if not number:
        raise click.BadParameter(f"“{word}” is no number of an incident, nor of a run as run-7.")
    return number


@click.command()
@click.argument("number", callback=number_of)
@click.option(
    "--format",
    "form",
    metavar=f"[{'|'.join(FORMATS)}]",
    type=click.Choice([*FORMATS, *LATER]),
    default="text",
    show_default=True,
    help=f"Not built yet: {', '.join(LATER)}.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.pass_obj
def timeline(session: Session, number: int, form: str, output: Path | None) -> None:
    """Print what happened in incident NUMBER (or run-7), from the first alert to the last word."""
    if form in LATER:
        raise click.UsageError(f"--format {form} is not built yet; there are {', '.join(FORMATS)}.")
    require_database(session)
    incident = session.read(stored.find, number)
    if incident is None:
        what = f"incident #{number}" if number > 0 else f"{name_of(number)} with a log of its own"
        click.echo(f"There is no {what}. `incident-bot incidents` lists the incidents.", err=True)
        sys.exit(1)
    story = session.read(stored.story, number)
    doc = timelines.build(incident, story, at=session.clock.now(), names=_names(session))
    text = {"text": timelines.as_text, "md": timelines.as_md, "json": _json}[form](doc)
    if output is None:
        click.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")


def _json(doc: timelines.TimelineDoc) -> str:
    return json.dumps(timelines.as_json(doc), indent=2)


def _names(session: Session) -> dict[str, str]:
    """How people are called; a configuration that cannot be read must not keep anybody from a timeline."""
    try:
        config: Config = load(Path(session.settings.config_dir))
    except ConfigError:
        return {}
    return {email: person.name for email, person in config.bot.people.items()}


def require_database(session: Session) -> None:
    """Say so, and end, where there is nothing to look at yet."""
    if not session.has_database():
        where = "in that state folder" if session.state else "at DATABASE_URL"
        click.echo(f"There is no database of this version {where} yet. `incident-bot run` makes one.", err=True)
        sys.exit(1)
