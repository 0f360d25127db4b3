"""`incident-bot rules export`: what the bot watches, as a rule file for a Prometheus."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.cli.session import Session
from bot.configuration import load
from bot.errors import ConfigError


@click.group()
def rules() -> None:
    """The rules that are evaluated."""


@rules.command()
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.pass_obj
def export(session: Session, output: Path | None) -> None:
    """Print the rules as Prometheus loads them (`rule_files`). Thresholds and grades are rules there, too."""
    from bot.watch.export import exported

    try:
        config = load(Path(session.settings.config_dir))
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    text = exported(config.rules, config.monitoring, config.bot.service)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
