"""`incident-bot import TOOL FILE…`: what another on-call tool exported, as our files, with a proof.

Shows what would change and writes nothing; `--write` writes it. Asks nobody: the files are what the tool's API answered.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from bot.alerts import SEVERITIES
from bot.cli.session import Session
from bot.configuration.folder import read_folder
from bot.errors import ConfigError
from bot.importing.conversion import NEEDED, TOOLS, Choice, Conversion, converted
from bot.importing.node import BadExport
from bot.importing.report import report_lines
from oncall.words import did_you_mean


def _policy(_context: click.Context, _option: click.Parameter, words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """`NAME` is P0's, `P1=NAME` says whose."""
    found = []
    for word in words:
        severity, said, name = word.partition("=")
        found.append((severity.upper(), name) if said and severity.upper() in SEVERITIES else ("P0", word))
    return tuple(found)


@click.command("import")
@click.argument("tool", metavar="pagerduty|opsgenie|grafana-oncall")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--primary", metavar="NAME", help="The schedule whose people become primary; else the policy’s first one."
)
@click.option("--secondary", metavar="NAME", help="The schedule whose people become secondary.")
@click.option(
    "--policy",
    "policies",
    metavar="[P0=]NAME",
    multiple=True,
    callback=_policy,
    help="The escalation policy that becomes a severity’s ladder; may be given for each.",
)
@click.option("--write", is_flag=True, help="Write the files. Without it nothing is changed.")
@click.pass_obj
def import_(
    session: Session,
    tool: str,
    files: tuple[Path, ...],
    primary: str | None,
    secondary: str | None,
    policies: tuple[tuple[str, str], ...],
    write: bool,
) -> None:
    """Read what PagerDuty’s, Opsgenie’s or Grafana OnCall’s API answered, and show it as oncall_schedule.yml, escalation.yml
    and people of bot.yml: what was carried over, what was not and why, and whether the same people are on call.
    """
    if tool not in TOOLS:
        raise click.UsageError(
            f"there is no import from “{tool}”{did_you_mean(tool, TOOLS)} (there are {', '.join(TOOLS)})"
        )
    where = Path(session.settings.config_dir)
    folder = _folder(where)
    texts = {str(file): _text(file) for file in files}
    try:
        conversion = converted(tool, texts, folder, Choice(primary, secondary, policies), session.clock.now())
    except BadExport as bad:
        raise click.ClickException(f"the export cannot be read, nothing was changed:\n{bad}") from None
    except LookupError as unknown:
        raise click.UsageError(str(unknown)) from None
    except ConfigError as error:
        raise click.ClickException(f"what would come of it cannot be used, nothing was changed:\n{error}") from None
    click.echo("\n".join([*report_lines(conversion), "", *_diff(conversion.files, folder, where)]))
    if write and conversion.files:
        _write(conversion, where)
    else:
        click.echo(_advice(conversion))


def _folder(where: Path) -> dict[str, str]:
    found = read_folder(where)
    if missing := [name for name in NEEDED if name not in found.files]:
        faults = [str(fault) for fault in found.faults if fault.file in (*missing, str(where))]
        why = "\n".join(faults or [f"{where}: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"])
        raise click.ClickException(f"people and ladders are put into files that are there already:\n{why}")
    return found.files


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not UTF-8, as JSON has to be") from None


def _diff(files: Mapping[str, str], folder: Mapping[str, str], where: Path) -> Iterator[str]:
    for name, text in files.items():
        path, old = str(where / name), folder.get(name, "").splitlines()
        yield from difflib.unified_diff(old, text.splitlines(), path, path, "now", "after the import", lineterm="")


def _advice(conversion: Conversion) -> str:
    return (
        f"\nNothing was written. --write writes {', '.join(conversion.files)}."
        if conversion.files
        else "\nThere is nothing to change."
    )


def _write(conversion: Conversion, where: Path) -> None:
    """Each file is there wholly or not at all; a running bot takes them within seconds."""
    for name, text in conversion.files.items():
        beside = where / f".{name}.importing"
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(where / name)
        except OSError as error:
            raise click.ClickException(f"{where / name} cannot be written: {error.strerror}") from None
        click.echo(f"written: {where / name}")
