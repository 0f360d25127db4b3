"""`incident-bot report daily|weekly|monthly|memory …`: what comes round by itself, at any time and without a running bot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bot.cli.look import require_database
from bot.cli.oncall import AT
from bot.cli.session import Session
from bot.cli.writing import OUTPUT, put
from bot.configuration import Config, load
from bot.errors import ConfigError
from bot.reports.daily import CleanUp
from bot.reports.facts import Facts, Period
from bot.reports.model import Name, Report
from bot.reports.rendering import FORMATS
from oncall.calendar import read_instant

NAMES: tuple[Name, ...] = ("daily", "weekly", "monthly", "memory", "experiments", "logs")


class _Known:
    """What the database of this process knows."""

    def __init__(self, session: Session, config: Config) -> None:
        self._session, self._config = session, config

    async def facts(self, period: Period) -> Facts:
        from bot.usecases.reports import facts_of

        return self._session.read(facts_of, self._config, period)

    async def clean_ups(self, period: Period) -> list[CleanUp]:
        from bot.usecases.reports import clean_ups

        return self._session.read(clean_ups, period)


@click.command()
@click.argument("name", metavar="|".join(NAMES), type=click.Choice(NAMES))
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@AT
@OUTPUT
@click.pass_obj
def report(session: Session, name: Name, form: str, at: str | None, file: Path | None) -> None:
    """Print the report of the period that ends now, or at T, beside the period before."""
    try:
        config = load(Path(session.settings.config_dir))
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used:\n{error}") from None
    require_database(session)
    until = read_instant(at, config.schedule.timezone) if at else session.clock.now()
    text = FORMATS[form](asyncio.run(_made(session, config, name, until.replace(second=0, microsecond=0).isoformat())))
    put(text, file)


async def _made(session: Session, config: Config, name: Name, until: str) -> Report:
    from datetime import datetime

    import httpx

    from bot.context import Context
    from bot.ground.tls import trusted
    from bot.reports.asker import Asker, Sources
    from bot.usecases.reports import period_of
    from bot.wiring.openvine import allowed_hosts

    settings = session.settings
    variables = settings.filled_in()
    mask = Context(config, frozenset(settings.transports()), variables, secrets=settings.secrets()).mask
    async with httpx.AsyncClient(timeout=httpx.Timeout(8, connect=3), trust_env=False, verify=trusted()) as client:
        hosts = allowed_hosts(config, variables)
        sources = Sources(client, lambda: variables, lambda: hosts, lambda: config.bot.logs, lambda: mask)
        asker = Asker(sources, _Known(session, config), lambda: config.reports)
        return await asker.report(name, period_of(name, datetime.fromisoformat(until), config.schedule.timezone))
