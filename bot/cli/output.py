"""`incident-bot output N [STEP]`: all that a step answered, as it was kept, or a list of what there is."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import Connection

from bot.cli.look import number_of, require_incident
from bot.cli.session import Session
from bot.cli.writing import OUTPUT, put
from bot.incidents import name_of
from bot.runbooks.run import Run
from bot.store import outputs, runs
from bot.store.outputs import Kept


@click.command()
@click.argument("number", callback=number_of)
@click.argument("step", required=False)
@OUTPUT
@click.pass_obj
def output(session: Session, number: int, step: str | None, file: Path | None) -> None:
    """Print everything that STEP of incident NUMBER (or run-7) returned the last time; without STEP, list what there is."""
    require_incident(session, number)
    found = session.read(_kept, number)
    if step is None:
        for run, kept in found:
            tries = f", attempt {kept.attempt}" if kept.attempt > 1 else ""
            click.echo(f"{kept.at:%Y-%m-%d %H:%M} UTC  {run.runbook}  {kept.step}{tries}  {kept.length:,} characters")
        click.echo("" if found else f"No output of any step of {name_of(number)} is kept.", nl=not found)
        return
    last = next((kept for _, kept in reversed(found) if kept.step == step), None)
    if last is None:
        known = ", ".join(dict.fromkeys(kept.step for _, kept in found)) or "none"
        click.echo(f"No output of “{step}” in {name_of(number)} is kept (there is: {known}).", err=True)
        sys.exit(1)
    text = session.read(outputs.find, last.run, last.step, last.attempt) or ""
    put(text, file)


def _kept(conn: Connection, number: int) -> list[tuple[Run, Kept]]:
    """Every answer that is kept of an incident's runs, or of one run's, oldest first."""
    found = {run.id: run for run in runs.of_incident(conn, number)}
    return [(found[kept.run], kept) for kept in outputs.of_runs(conn, list(found))]
