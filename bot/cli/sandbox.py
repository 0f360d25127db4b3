"""`incident-bot sandbox`: the bot in a world of its own. Needs no Slack, no account and no key; nothing leaves the machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.cli.session import Session

GREETING = """
  incident-bot sandbox

    The page      {url}
    Alerts to     {bot_url}/alerts
    State         {state}   (stop and start again: everything goes on where it was)

    From another terminal   {program} incidents --state {state}
    All commands            {program} --help   (`make shell` puts it on the PATH)
    Other options           make run ARGS="--help"
    Stop                    Ctrl-C
"""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The page's port. Default: 8080, or the next free one.")
@click.option("--mode", type=click.Choice(["socket", "http"]), default="socket", show_default=True)
@click.option(
    "--config",
    "config_dir",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default="config",
    show_default=True,
    help="The YAML folder.",
)
@click.pass_obj
def sandbox(session: Session, port: int | None, mode: str, config_dir: Path) -> None:
    """Run the bot against a local Slack, PagerDuty, mailbox and OpenVine, with a web page."""
    import uvloop

    from bot.errors import ConfigError, StoreDown
    from bot.ground.logs import set_up
    from bot.sandbox.phones import past_proxies
    from bot.sandbox.run import Options
    from bot.sandbox.state import StateFolderError
    from bot.web.serve import PortBusyError

    set_up("warning", "text")
    folder = session.state or Path(".sandbox")
    past_proxies()
    options = Options(
        state=folder, port=port, mode="http" if mode == "http" else "socket", config_dir=config_dir, phones=True
    )
    try:
        uvloop.run(_run(options))
    except (ConfigError, StateFolderError, PortBusyError, StoreDown) as error:
        click.echo(f"The sandbox cannot start: {error}", err=True)
        sys.exit(1)


async def _run(options: object) -> None:
    from bot.cli.run import collect_from_now_on, stopped
    from bot.sandbox.run import Options, sandbox

    assert isinstance(options, Options)  # noqa: S101 - click hands over what this file made
    stop = stopped()
    async with sandbox(options) as running:
        click.echo(GREETING.format(url=running.url, bot_url=running.bot_url, state=options.state, program=sys.argv[0]))
        collect_from_now_on()
        await stop.wait()
