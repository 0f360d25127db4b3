"""The program `incident-bot`: one file per call, each imported only when it is asked for, so that `--help` is quick.

Text for people on the terminal, one JSON document with `--json`, errors on stderr; usage errors exit 2, faults 1.
"""

from __future__ import annotations

import os
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any

import click

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("bot.cli.run", "Run the bot in production."),
    "sandbox": ("bot.cli.sandbox", "Run the bot against a simulated Slack, with a web page. Needs no account."),
    "check": ("bot.cli.check", "Check every YAML file and prove who is covered."),
    "oncall": ("bot.cli.oncall", "Who is on call, why, and until when."),
    "simulate": ("bot.cli.oncall", "Who would be paged when, if nobody answers."),
    "drill": ("bot.cli.drill", "Rehearse a scenario on paper, or list what nobody has used for long."),
    "incidents": ("bot.cli.look", "List incidents."),
    "why": ("bot.cli.why", "Say why people were or were not called for an incident."),
    "silences": ("bot.cli.silences", "List the silences, and what each of them holds back."),
    "timeline": ("bot.cli.look", "Print what happened in an incident."),
    "postmortem": ("bot.cli.postmortem", "Print the draft of a postmortem, from the record."),
    "output": ("bot.cli.output", "Print everything that a runbook step returned."),
    "import": ("bot.cli.importing", "Move in from PagerDuty, Opsgenie or Grafana OnCall."),
    "report": ("bot.cli.report", "A day, a week or a month in figures, beside the one before."),
    "insights": ("bot.cli.insights", "What months of incidents show: how many, how fast, what was noise, what helped."),
    "monitor": ("bot.cli.monitor", "What is sampled and evaluated: the figures, the memory, the rules, and why."),
    "rules": ("bot.cli.rules", "Export the rules for a Prometheus: `rules export`."),
    "read": ("bot.cli.read", "Say how a post in the channel is read, and by what pattern."),
    "sender": ("bot.cli.sender", "Print what to set up at another tool so that its alerts come here."),
    "schema": ("bot.cli.schema", "Print the JSON Schema of runbooks or of the configuration."),
    "manifest": ("bot.cli.manifest", "Print the Slack app manifest to paste."),
    "audit": ("bot.cli.audit", "Prove that nobody has altered the record: `audit verify`."),
    "retention": ("bot.cli.erasing", "Remove what has outlived its retention in bot.yml, or say how much that is."),
    "forget": ("bot.cli.erasing", "Forget somebody who has left. The record and its seals stay."),
    "backup": ("bot.cli.backup", "Back up the database, whether or not the bot is running."),
    "restore": ("bot.cli.backup", "Restore a backup. Whatever was waiting in it is held until somebody decides."),
    "held": ("bot.cli.held", "What a restored backup held back: list it, release it or drop it."),
    "db": ("bot.cli.db", "Bring the database to this version: `db upgrade`."),
}
"""Every call, where it stands and what it does."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name)
        _show_state(command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`--state DIR` may stand behind the call as well as before it."""
        return super().parse_args(ctx, _state_first(args))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            from oncall.words import did_you_mean

            raise click.UsageError(f"there is no command “{args[0]}”{did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Trouble of the database is one sentence, whichever call meets it."""
        from bot.errors import StoreDown

        try:
            return super().invoke(ctx)
        except StoreDown as down:
            raise click.ClickException(down.for_once) from down

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _show_state(command: click.Command) -> None:
    """Every call's help names `--state`, which the group has taken before a call sees its words, and each call beneath it whole."""
    if not any(param.name == "state" for param in command.params):
        shown = click.Option(["--state"], metavar="DIR", expose_value=False, help="Look at the sandbox in this folder.")
        command.params.append(shown)
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        each.short_help = each.short_help or _first_paragraph(each)
        _show_state(each)


def _first_paragraph(command: click.Command) -> str:
    """What a list of calls says of one: whole, where click would break it off."""
    return " ".join((command.help or "").split("\n\n")[0].split())


def _state_first(args: list[str]) -> list[str]:
    for place, word in enumerate(args):
        if word.startswith("--state="):
            return [word, *args[:place], *args[place + 1 :]]
        if word == "--state" and place + 1 < len(args):
            return [word, args[place + 1], *args[:place], *args[place + 2 :]]
    return args


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="incident-bot", message="%(version)s")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    help="Look at the sandbox in this folder. Every command takes it.",
)
@click.pass_context
def cli(ctx: click.Context, state: Path | None) -> None:
    """The incident bot of OpenVine's video system.

    Alerts become incidents, the right person is paged, runbooks run from Slack with a confirmation, and a timeline is left.
    """
    from bot.cli.session import Session

    if os.environ.get("NO_COLOR"):  # https://no-color.org
        ctx.color = False
    ctx.obj = Session(state)
