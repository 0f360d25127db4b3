"""`incident-bot rules export`: what the bot watches, as a rule file for a Prometheus."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.cli.session import Session
from bot.cli.writing import OUTPUT, put
from bot.configuration import load
from bot.errors import ConfigError


@click.group()
def rules() -> None:
    """The rules that are evaluated."""


@rules.command()
@OUTPUT
@click.pass_obj
def export(session: Session, file: Path | None) -> None:
    """Print the rules as Prometheus loads them (`rule_files`). Thresholds and grades are rules there, too."""
    from bot.watch.export import exported

    try:
        config = load(Path(session.settings.config_dir))
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    put(exported(config.rules, config.monitoring, config.bot.service).removesuffix("\n"), file)
