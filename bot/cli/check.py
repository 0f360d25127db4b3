"""`incident-bot check`: is this configuration good, and is everybody covered by it?

Prints what `bot.configuration` finds and, with `--live`, what the outside answers; no rule lives here. Exit 0 if nothing has
to be mended, else 1. Sends nothing and pages nobody, but for one direct message where `--dm` names its reader.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import click

from bot.configuration import Config, conflicts, load
from bot.configuration.channel_posts import channel_posts
from bot.configuration.coverage import coverage, some
from bot.configuration.findings import Finding
from bot.configuration.proof import Situation
from bot.configuration.set_up import set_up
from bot.configuration.zones import time_zones
from bot.errors import ConfigError, Fault
from bot.ground.clock import Clock
from bot.preflight.asking import Probe, ask_all
from bot.preflight.transports import addresses
from bot.settings import Settings, WrongVariables
from bot.usecases.rota import moved
from oncall.calendar import local
from oncall.cover import Move
from oncall.rota import Override
from oncall.values import asdict

_MARKS = {"good": ("✓", "green"), "note": ("!", "yellow"), "fault": ("✗", "red")}
_INDENT = 15
_WIDEST = 110


class Session(Protocol):
    """What the root group hands over."""

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...

    def wrong_variables(self) -> WrongVariables | None: ...

    def database(self) -> Finding: ...

    def overrides(self) -> Sequence[Override]: ...

    def in_force(self) -> Config | None: ...

    def delivered(self, transports: Iterable[str]) -> frozenset[str] | None: ...

    def probes(self, dm: str = "") -> Iterable[Probe]: ...


@click.command()
@click.option("--live", is_flag=True, help="Ask Slack, the mail server and the admin API too. Pages nobody.")
@click.option(
    "--dm", metavar="EMAIL", default="", help="With --live: post a direct message to EMAIL and take it away again."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def check(context: click.Context, live: bool, dm: str, as_json: bool) -> None:
    """Check every YAML file and prove who is covered. Exit 1 if anything has to be mended."""
    if dm and not live:
        raise click.UsageError("--dm asks Slack, so it needs --live")
    session: Session = context.obj
    wrong = session.wrong_variables()
    folder = wrong.config_dir if wrong is not None else session.settings.config_dir
    config, faults = _read(folder)
    if wrong is not None or config is None:
        click.echo(_json(False, [*_of(wrong), *faults], _in_vain(wrong)) if as_json else _broken(wrong, folder, faults))
        context.exit(1)
    findings = examined(config, session)
    if live:
        findings += asyncio.run(ask_all(config, session.probes(dm)))
    good = all(finding.mark != "fault" for finding in findings)
    click.echo(_json(good, [], findings) if as_json else "\n".join(_report(findings)))
    context.exit(0 if good else 1)


def _read(folder: Path) -> tuple[Config | None, list[Fault]]:
    try:
        return load(folder), []
    except ConfigError as error:
        return None, error.faults


def examined(config: Config, session: Session) -> list[Finding]:
    """Everything that is known without asking anybody."""
    settings, at = session.settings, session.clock.now()
    database = session.database()
    # Where the database cannot be read that is the finding; the files are looked at all the same.
    overrides = session.overrides() if database.mark != "fault" else ()
    transports = frozenset(settings.transports())
    delivered = session.delivered({*transports, *config.bot.transports}) if database.mark != "fault" else None
    now = Situation(at, transports, overrides, settings.addresses, delivered)
    return [
        _files(config),
        database,
        *(Finding("note", "files", text) for text in config.notices if "default" not in text),
        *coverage(config, now),
        *_moves(config, session.in_force() if database.mark != "fault" else None, now),
        *channel_posts(config),
        *set_up(config, settings),
        *addresses(config, settings),
        time_zones(config.schedule.timezone, at),
        *_document(config),
    ]


def _files(config: Config) -> Finding:
    counted = f"{len(config.files)} files, {len(config.rules)} rules, {len(config.runbooks)} runbooks"
    return Finding("good", "files", f"{counted}, {len(config.bot.people)} people (version {config.digest[:8]})")


def _moves(config: Config, in_force: Config | None, now: Situation) -> Iterator[Finding]:
    """Whom these files move, if a bot runs on others."""
    found = moved(in_force.schedule, config.schedule, now.at, now.overrides) if in_force is not None else []
    if found:
        text = "these files are not in force yet; when they are, others are called within the next 12 weeks"
        yield Finding("note", "rota", text, some([_move(config, move) for move in found]))


def _move(config: Config, move: Move) -> str:
    since, until = (local(end, config.schedule.timezone) for end in (move.since, move.until))
    return f"{move.now or 'nobody'} instead of {move.before or 'nobody'} as {move.role} from {since} to {until}"


def _document(config: Config) -> Iterator[Finding]:
    found = conflicts(config)
    if found:
        text = (
            f"contradicts itself in {len(found)} places; each figure is kept where it stands, until its owners decide"
        )
        yield Finding("note", "document", text, tuple(str(each) for each in found))


def _of(wrong: WrongVariables | None) -> list[Fault]:
    return wrong.faults if wrong is not None else []


def _in_vain(wrong: WrongVariables | None) -> list[Finding]:
    return [Finding("note", "settings", text) for text in wrong.unread] if wrong is not None else []


def _placed(folder: Path, fault: Fault) -> str:
    return str(fault) if fault.file == str(folder) else str(folder / str(fault))


def _broken(wrong: WrongVariables | None, folder: Path, faults: Sequence[Fault]) -> str:
    """All that is wrong, of the environment and of the files, in one answer; without them nothing else can be proved."""
    said = [*map(str, _of(wrong)), *(_placed(folder, fault) for fault in faults)]
    lines = [click.style("✗ ", fg="red") + text for text in said]
    lines += [click.style("! ", fg="yellow") + note.text for note in _in_vain(wrong)]
    if wrong is not None and not faults:
        lines.append(
            click.style("✓ ", fg="green") + f"the files of {folder} can be read; who is covered is proved after that"
        )
    starts = " None can start in this environment." if wrong is not None else ""
    lines += ["", f"{_counted(len(said), 'fault')}. A running bot stays on its last good version.{starts}"]
    return "\n".join(lines)


def _report(findings: Sequence[Finding]) -> Iterator[str]:
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    for finding in findings:
        sign, colour = _MARKS[finding.mark]
        head = f"{click.style(sign, fg=colour)} {finding.topic:<{_INDENT - 2}}"
        yield head + _wrapped(finding.text, width, " " * _INDENT)
        for line in finding.details:
            yield " " * _INDENT + "· " + _wrapped(line, width - 2, " " * (_INDENT + 2))
    faults, notes = (sum(finding.mark == mark for finding in findings) for mark in ("fault", "note"))
    verdict = f"{_counted(faults, 'fault')} to mend" if faults else "Good"
    yield ""
    yield f"{verdict}, {_counted(notes, 'note')}."


def _wrapped(text: str, width: int, indent: str) -> str:
    lines = textwrap.wrap(text, max(width - len(indent), 30), break_long_words=False, break_on_hyphens=False)
    return f"\n{indent}".join(lines)


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _json(good: bool, faults: Sequence[Fault], findings: Sequence[Finding]) -> str:
    document: dict[str, Any] = {
        "ok": good,
        "faults": [asdict(fault) for fault in faults],
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
