"""`incident-bot incidents` and `incident-bot timeline N`: what happened, from the database, without a running bot."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import Connection

from bot.cli.session import Session
from bot.cli.writing import OUTPUT, keep, put
from bot.configuration import load
from bot.context import Context
from bot.errors import ConfigError
from bot.incidents import OPEN_STATES, name_of, number_from
from bot.store import Tx
from bot.store import incidents as stored
from bot.timeline.as_json import as_json, incident_json
from bot.timeline.document import TimelineDoc, build, heading, incident_line
from bot.timeline.markdown import as_md
from bot.timeline.text import as_text

if TYPE_CHECKING:
    from bot.reports.model import Chart

FORMATS = ("text", "md", "json", "html", "png")


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
        taken = session.read(stored.acknowledged_by, [each.number for each in found])
        rows = [incident_json(each, taken.get(each.number)) for each in found]
        click.echo(json.dumps({"incidents": rows}, indent=2))
        return
    for incident in found:
        click.echo(incident_line(incident))
    if not found:
        click.echo("There is no incident." if not wanted else f"There is no incident that is {wanted}.")


def number_of(ctx: click.Context, param: click.Parameter, word: str) -> int:
    """The number of an incident, or of a run with a log of its own. Raises `BadParameter`."""
    number = number_from(word)
    if not number:
        raise click.BadParameter(f"“{word}” is neither an incident number nor a run such as run-7.")
    return number


@click.command()
@click.argument("number", callback=number_of)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--dark", is_flag=True, help="For a PNG: light on dark.")
@OUTPUT
@click.pass_obj
def timeline(session: Session, number: int, form: str, dark: bool, file: Path | None) -> None:
    """Print what happened in incident NUMBER (or run-7), from the first alert to the last word.

    html holds the figures of that time as well, and png is their picture.
    """
    require_incident(session, number)
    doc, charts = session.read(_told(session, number, charts=form in ("html", "png")))
    if form == "png":
        _write_picture(number, charts, dark, file)
        return
    text = _html(doc, charts) if form == "html" else TEXTS[form](doc)
    put(text, file)


def _told(
    session: Session, number: int, *, charts: bool
) -> Callable[[Connection], tuple[TimelineDoc, Sequence[Chart]]]:
    """The timeline, and what the figures did. A configuration that cannot be read must not keep anybody from a timeline."""
    try:
        config = load(Path(session.settings.config_dir))
    except ConfigError:
        return lambda conn: (_bare(session, conn, number), ())
    at, ctx = session.clock.now(), Context(config, frozenset())

    def look(conn: Connection) -> tuple[TimelineDoc, Sequence[Chart]]:
        from bot.usecases.incident_chart import charts_of
        from bot.usecases.timelines import doc_of

        tx = Tx(conn, at, at)
        incident = stored.load(conn, number)
        return doc_of(tx, ctx, incident), charts_of(tx, ctx, incident) if charts and number > 0 else ()

    return look


def _bare(session: Session, conn: Connection, number: int) -> TimelineDoc:
    return build(stored.load(conn, number), stored.story(conn, number), at=session.clock.now())


def _json(doc: TimelineDoc) -> str:
    return json.dumps(as_json(doc), indent=2)


TEXTS: dict[str, Callable[[TimelineDoc], str]] = {"text": as_text, "md": as_md, "json": _json}


def _html(doc: TimelineDoc, charts: Sequence[Chart]) -> str:
    from bot.reports.html import body_of, page
    from bot.reports.rendering import svg

    pictures = "\n".join(svg(chart) for chart in charts)
    return page(heading(doc.incident), f"{body_of(as_md(doc))}\n{pictures}")


def _write_picture(number: int, charts: Sequence[Chart], dark: bool, file: Path | None) -> None:
    """A picture goes to a file or through a pipe; a terminal could only be spoilt by it."""
    import asyncio

    from bot.reports.chart_png import png

    if not charts:
        raise click.ClickException(f"no figure was read around #{number}, so there is nothing to draw")
    drawn = asyncio.run(png(*charts, dark=dark))
    if drawn is None:
        raise click.ClickException("the picture could not be drawn: is matplotlib installed?")
    if file is not None:
        keep(drawn, file)
    elif sys.stdout.isatty():
        raise click.UsageError("a picture needs a file: add -o FILE.png")
    else:
        sys.stdout.buffer.write(drawn)


def require_incident(session: Session, number: int) -> None:
    """Say so, and end, where there is no such incident, or run with a log of its own."""
    require_database(session)
    if session.read(stored.find, number) is None:
        what = f"incident #{number}" if number > 0 else f"{name_of(number)} with a log of its own"
        click.echo(f"There is no {what}. `incident-bot incidents` lists the incidents.", err=True)
        sys.exit(1)


def require_database(session: Session) -> None:
    """Say so, and end, where there is nothing to look at yet."""
    if not session.has_database():
        where = "in that state folder" if session.state else "at DATABASE_URL"
        click.echo(f"There is no database of this version {where} yet. `incident-bot run` makes one.", err=True)
        sys.exit(1)
