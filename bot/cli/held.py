"""`incident-bot held`: what a backup that was put back holds; and `held release`, `held drop`: what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy import Connection

from bot.cli.look import require_database
from bot.cli.session import Session
from bot.configuration import Config, load
from bot.context import Context
from bot.errors import ConfigError, UserError
from bot.store import Store, Tx
from bot.usecases import restored
from bot.usecases.desk import Desk

NOTHING = "Nothing is held."


@click.group(invoke_without_command=True)
@click.pass_context
def held(ctx: click.Context) -> None:
    """What a restored backup holds back, and what each answer does."""
    if ctx.invoked_subcommand is None:
        require_database(ctx.obj)
        for line in shown(ctx.obj):
            click.echo(line)


BY = click.option("--as", "actor", required=True, metavar="EMAIL", help="Who decides: somebody of `people` in bot.yml.")
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@held.command()
@BY
@YES
@click.pass_obj
def release(session: Session, actor: str, yes: bool) -> None:
    """Release all of it: levels call, messages leave."""
    _decide(session, actor, yes, restored.released_lines, restored.release)


@held.command()
@BY
@YES
@click.pass_obj
def drop(session: Session, actor: str, yes: bool) -> None:
    """Drop all of it: nothing leaves, and whoever decides takes the incidents that nobody had."""
    _decide(session, actor, yes, restored.dropped_lines, restored.drop)


def shown(session: Session) -> list[str]:
    """What is held, and what each answer does."""
    found, lines = session.read(_looked, session, _told)
    if found is None or not found.is_anything:
        return [NOTHING]
    return [f"Held, from a backup of {found.as_of}: nobody is called for it and nothing leaves.", *lines]


def _told(tx: Tx, ctx: Context, found: restored.Held) -> list[str]:
    told = [f"  {line}" for line in restored.lines(tx, ctx, found)]
    told += ["`incident-bot held release --as EMAIL` does this:"]
    told += [f"  {line}" for line in restored.released_lines(tx, ctx, found)]
    told += ["`incident-bot held drop --as EMAIL` does this:"]
    return told + [f"  {line}" for line in restored.dropped_lines(tx, ctx, found, "EMAIL")]


Lines = Callable[[Tx, Context, restored.Held], list[str]]


def _looked(conn: Connection, session: Session, lines: Lines) -> tuple[restored.Held | None, list[str]]:
    at, ctx = session.clock.now(), _context(session)
    tx = Tx(conn, at, at)
    found = restored.held(tx, ctx)
    return found, lines(tx, ctx, found) if found else []


def _decide(
    session: Session, actor: str, yes: bool, effect: Lines, do: Callable[[Tx, Context, str, str], list[str]]
) -> None:
    require_database(session)
    ctx = _context(session)
    if actor not in ctx.config.bot.people:
        raise click.UsageError(f"{actor} is not in `people` of bot.yml ({', '.join(sorted(ctx.config.bot.people))}).")
    found, lines = session.read(_looked, session, effect)
    if found is None or not found.is_anything:
        click.echo(NOTHING)
        return
    for line in lines:
        click.echo(f"  {line}")
    if not yes:
        click.confirm("Do this?", abort=True)
    try:
        done = asyncio.run(_done(session, ctx, do, found.digest, actor))
    except UserError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo("Done:" if len(done) != 1 else "Done: ", nl=len(done) != 1)
    for line in done:
        click.echo(f"  {line}" if len(done) != 1 else line)


async def _done(
    session: Session, ctx: Context, do: Callable[[Tx, Context, str, str], list[str]], digest: str, actor: str
) -> list[str]:
    store = Store(session.settings.database, session.clock)
    try:
        return await Desk(store, session.clock, ctx).do(do, digest, actor)
    finally:
        await store.close()


def _context(session: Session) -> Context:
    """The configuration of this process; where it cannot be read, the last good one."""
    config: Config | None
    try:
        config = load(Path(session.settings.config_dir))
    except ConfigError as error:
        config = session.in_force()
        if config is None:
            raise click.ClickException(f"the configuration cannot be used:\n{error}") from None
    return Context(config, frozenset(session.settings.transports()), addresses=session.settings.addresses)
