"""`incident-bot silences`: what is kept quiet and what is held, from the database, without a running bot."""

from __future__ import annotations

import json
from datetime import datetime

import click
from sqlalchemy import Connection

from bot.cli.look import require_database
from bot.cli.session import Session
from bot.silences import Silence, as_json
from bot.store import held
from bot.store import silences as stored


@click.command()
@click.option("--all", "everything", is_flag=True, help="Include those that ended recently.")
@click.option(
    "--json", "as_document", is_flag=True, help="One JSON document; each as GET /api/v2/silences, and `held`."
)
@click.pass_obj
def silences(session: Session, everything: bool, as_document: bool) -> None:
    """List what is silenced, and how many alerts each silence holds."""
    require_database(session)
    at = session.clock.now()

    def found(conn: Connection) -> list[tuple[Silence, int]]:
        counts = held.counts(conn)
        listed = stored.listed(conn, at) if everything else stored.not_over(conn, at)
        return [(silence, counts.get(silence.id, 0)) for silence in listed]

    rows = session.read(found)
    if as_document:
        document = {"silences": [{**as_json(silence, at), "held": count} for silence, count in rows]}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for silence, count in rows:
        click.echo(_line(silence, count, at))
    if not rows:
        click.echo("Nothing is silenced.")


def _line(silence: Silence, count: int, at: datetime) -> str:
    """`1a2b3c4d  active   2026-01-05 03:12 – 05:12 UTC  instance="app-1"  held 3  by a@b.c: deploy`."""
    span = f"{silence.starts_at:%Y-%m-%d %H:%M} – {silence.ends_at:%Y-%m-%d %H:%M} UTC"
    why = f": {silence.comment}" if silence.comment else ""
    name = f"“{silence.window}” " if silence.window else ""
    by = f"by {silence.created_by}{why}"
    return f"{silence.short}  {silence.state(at):7}  {span}  {name}{silence.text}  held {count}  {by}"
