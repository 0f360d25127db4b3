"""`incident-bot retention` and `forget`: what was written has its time, who has left is forgotten. Lines and seals stay."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click

from bot.cli.look import require_database
from bot.cli.session import Session
from bot.configuration import Config, load
from bot.context import Context
from bot.errors import ConfigError, UserError
from bot.machine.retention import retained
from bot.store import Store
from bot.usecases.desk import Desk
from bot.usecases.erasing import (
    AT_ONCE,
    Due,
    Naming,
    due,
    forget_accounts,
    forget_events,
    forget_rows,
    named,
)

T = TypeVar("T")
DRY = click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@DRY
@YES
@click.pass_obj
def retention(session: Session, dry_run: bool, yes: bool) -> None:
    """Remove what has outlived the `retention` of bot.yml. A running bot does this every hour."""
    require_database(session)
    config = _config(session)
    if not config.bot.retention:
        click.echo("bot.yml has no `retention`: everything is kept, except the full output of steps (30 days).")
        return
    found = session.read(due, config, session.clock.now())
    for line in _due_lines(found):
        click.echo(line)
    if found.is_anything and not dry_run and _agreed(yes):
        count = asyncio.run(_with_desk(session, config, retained))
        click.echo(f"{count:,} texts are gone; the lines and their seals are there.")


def _due_lines(found: Due) -> Iterator[str]:
    yield from (f"{count:>9,} texts of events: {kind}" for kind, count in sorted(found.events.items()))
    yield from (f"{count:>9,} {what}" for what, count in found.beside.items() if count)
    if found.outputs:
        yield f"{found.outputs:>9,} answers of steps in full (the running bot takes them)"
    if not found.is_anything:
        yield "Nothing has had its time."


@click.command()
@click.argument("person")
@click.option(
    "--also", multiple=True, metavar="TEXT", help="What else they are called: a full name, a nickname. May be repeated."
)
@DRY
@YES
@click.pass_obj
def forget(session: Session, person: str, also: tuple[str, ...], dry_run: bool, yes: bool) -> None:
    """Forget PERSON, an email or a Slack id, who is not in the configuration any more: everywhere `person-1` stands instead."""
    require_database(session)
    config = _config(session)
    try:
        found = session.read(named, config, person, also)
    except UserError as refusal:
        raise click.ClickException(str(refusal)) from None
    for line in _naming_lines(found):
        click.echo(line)
    if (found.events or found.others or found.accounts) and not dry_run and _agreed(yes):
        count = asyncio.run(_with_desk(session, config, lambda desk: _forgotten(desk, found)))
        places = "1 place reads" if count == 1 else f"{count:,} places read"
        click.echo(f"{places} {found.who.instead} now. The record’s seals stand: `incident-bot audit verify`.")


def _naming_lines(found: Naming) -> Iterator[str]:
    yield f"Looked for: {', '.join(found.who.needles)}"
    if found.left_out:
        yield f"Not looked for, because it stands in the configuration: {', '.join(found.left_out)}"
    if not (found.events or found.others or found.accounts):
        yield "Found nowhere."
        return
    events, there = len(found.events), found.incidents
    yield f"{events:>9,} event{'s' if events != 1 else ''} of {there:,} incident{'s' if there != 1 else ''}"
    tables = [place.table.name for place in found.others]
    yield from (f"{tables.count(name):>9,} in the table of {name}" for name in sorted(set(tables)))
    if found.accounts:
        yield f"{len(found.accounts):>9,} in the copy of Slack’s list (read anew while they are in the workspace)"
    yield "Other names than these are not found: add them with --also. Backups, Slack, mails and logs keep what they have."


async def _forgotten(desk: Desk, found: Naming) -> int:
    count = 0
    for part in _parts(found.events):
        count += await desk.do(forget_events, found.who, part)
    for rows in _parts(found.others):
        count += await desk.do(forget_rows, found.who, rows)
    return count + await desk.do(forget_accounts, found.accounts)


def _parts(found: Sequence[T]) -> Iterator[Sequence[T]]:
    return (found[place : place + AT_ONCE] for place in range(0, len(found), AT_ONCE))


def _agreed(yes: bool) -> bool:
    return yes or bool(click.confirm("Do this? It cannot be taken back", abort=True))


async def _with_desk(session: Session, config: Config, work: Callable[[Desk], Awaitable[int]]) -> int:
    store = Store(session.settings.database, session.clock)
    try:
        return await work(Desk(store, session.clock, Context(config, frozenset())))
    finally:
        await store.close()


def _config(session: Session) -> Config:
    try:
        return load(Path(session.settings.config_dir))
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used:\n{error}") from None
