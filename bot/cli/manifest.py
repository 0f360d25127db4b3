"""`incident-bot manifest`: the Slack app manifest to paste, with exactly what the code uses."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from bot.cli.session import Session

PATH = "/slack/events"
"""Where the bot takes what Slack sends; a proxy may put its own in front."""


def _reached(_context: click.Context, _option: click.Parameter, url: str | None) -> str | None:
    """Slack saves no other: https://docs.slack.dev/apis/events-api/using-http-request-urls"""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        fine = parts.scheme == "https" and bool(parts.hostname) and (parts.port or 1) > 0 and url.isprintable()
    except ValueError:
        fine = False
    if not fine or not parts.path.endswith(PATH) or parts.query:
        raise click.BadParameter(f"Slack calls a web address that begins with https:// and ends in {PATH}")
    return url


@click.command()
@click.option(
    "--request-url",
    metavar="URL",
    callback=_reached,
    help=f"For HTTP mode: where Slack reaches the bot, https://…{PATH}.",
)
@click.pass_obj
def manifest(session: Session, request_url: str | None) -> None:
    """Print the manifest (YAML). Socket Mode, unless a request URL is given."""
    from bot.slack.manifest import as_yaml
    from bot.slack.manifest import manifest as build

    prefix = session.settings.command_prefix
    click.echo(as_yaml(build(prefix, socket_mode=request_url is None, request_url=request_url)), nl=False)
