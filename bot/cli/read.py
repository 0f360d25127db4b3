"""`incident-bot read`: how the bot would read a post of the channel. Looks only at the files; nothing is opened by it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from bot.cli.session import Session
from bot.errors import ConfigError
from oncall.values import asdict


@click.command()
@click.argument("message", metavar="TEXT|-")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def read(session: Session, message: str, as_json: bool) -> None:
    """Say how a post in the channel is read: its TEXT, or - for text or Slack's JSON of a message on the standard input.

    Exit 1 if nothing reads it; a pattern that would is proposed then.
    """
    from bot.configuration import load
    from bot.sources.explained_post import explain_post

    try:
        config = load(Path(session.settings.config_dir))
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used:\n{error}") from None
    found = explain_post(_event(sys.stdin.read() if message == "-" else message), config.patterns, config.catalogue())
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join([found.head, *(f"  {what:<14}{value}" for what, value in found.lines)]))
        if found.proposal:
            click.echo(
                "\nA pattern that would read it, to be looked at before it goes under `patterns:` of alerts.yml:"
            )
            click.echo("  - '{}'".format(found.proposal.replace("'", "''")))
    sys.exit(0 if found.found else 1)


def _event(text: str) -> dict[str, Any]:
    """A message as Slack has it (as an event, or as `conversations.history` lists it), or a bare text."""
    from bot.sources.explained_post import post_of

    try:
        given = json.loads(text)
    except ValueError:
        return post_of(text)
    if not isinstance(given, dict) or not {"text", "attachments", "blocks"} & given.keys():
        return post_of(text)
    return post_of("") | given
