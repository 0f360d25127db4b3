"""`incident-bot manifest`: the Slack app manifest to paste, with exactly what the code uses."""

from __future__ import annotations

import click

from bot.cli.session import Session


@click.command()
@click.option(
    "--request-url", metavar="URL", help="For HTTP mode: where Slack reaches the bot, ending in /slack/events."
)
@click.pass_obj
def manifest(session: Session, request_url: str | None) -> None:
    """Print the manifest (YAML). Socket Mode, unless a request URL is given."""
    from bot.slack.manifest import as_yaml
    from bot.slack.manifest import manifest as build

    prefix = session.settings.command_prefix
    click.echo(as_yaml(build(prefix, socket_mode=request_url is None, request_url=request_url)), nl=False)
