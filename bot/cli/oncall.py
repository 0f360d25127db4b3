"""`incident-bot oncall` and `incident-bot simulate`: the rota and the ladder from a terminal.

Asks the same resolver as the pager and prints what it says; no rule lives here. The root group puts a `Session` into
`ctx.obj`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from bot.alerts import SEVERITIES
from bot.configuration import Config, load_schedule
from bot.configuration import load as load_config
from bot.configuration.reach import reach_for
from bot.errors import ConfigError
from bot.ground.clock import Clock
from bot.usecases.explaining import lines as coming_lines
from oncall.absence import until_when
from oncall.calendar import read_instant
from oncall.cover import Request
from oncall.load import Call, load
from oncall.rota import ROLES, Duty, Override, Schedule
from oncall.schedule import duty, explain, gaps, shifts
from oncall.simulate import Row, Walk, closed, walk
from oncall.text import duty_lines, gap_lines, load_lines, shift_lines, walk_lines
from oncall.values import asdict, dataclass

T = TypeVar("T")


class _Settings(Protocol):
    @property
    def config_dir(self) -> str | Path: ...

    @property
    def addresses(self) -> Mapping[str, str]: ...

    def transports(self) -> set[str]: ...


class Session(Protocol):
    """What the root group hands to every command."""

    @property
    def settings(self) -> _Settings: ...

    @property
    def clock(self) -> Clock: ...

    def overrides(self) -> Sequence[Override]:
        """The overrides made in Slack, oldest first; none where there is no database yet."""
        ...

    def absences(self, at: datetime) -> Sequence[Request]:
        """Who is away at that instant or later."""
        ...

    def calls(self, since: datetime) -> Sequence[Call]:
        """Who was paged since that instant."""
        ...


def _checked(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """Refuse a slip as a usage error at once; the text is read when the schedule's zone is known."""
    try:
        if text is not None:
            read_instant(text, "UTC")
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return text


@dataclass(frozen=True, slots=True)
class View:
    """The rota that a command looks at, and the instant."""

    schedule: Schedule
    overrides: Sequence[Override]
    at: datetime


AT = click.option(
    "--at",
    metavar="T",
    callback=_checked,
    help="A date or time, such as 2026-11-30T09:00; in the schedule's zone unless it names another.",
)
FILE = click.option(
    "--schedule",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Look at this file alone: no overrides made in Slack.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document, times in UTC.")


@click.group(invoke_without_command=True)
@AT
@FILE
@JSON
@click.pass_context
def oncall(context: click.Context, at: str | None, file: Path | None, as_json: bool) -> None:
    """Who is on call at an instant, since when, until when, and why."""
    if context.invoked_subcommand is not None:
        return
    view = _view(context)
    duties = [duty(view.schedule, role, view.at, view.overrides) for role in ROLES]
    _answer(context, _oncall_json(view, duties), duty_lines(view.schedule, view.at, duties))


@oncall.command("explain")
@AT
@FILE
@JSON
@click.pass_context
def explain_command(context: click.Context, at: str | None, file: Path | None, as_json: bool) -> None:
    """The reasoning: anchor, count, overrides, defaults."""
    view = _view(context)
    lines = [*explain(view.schedule, view.at, view.overrides), *_coming(context, view)]
    _answer(context, {"at": stamp(view.at), "lines": lines}, lines)


def _coming(context: click.Context, view: View) -> list[str]:
    """Who is next and whom each severity would call; nothing for a file that is looked at alone."""
    if _option(context, "file") is not None:
        return []
    session: Session = context.obj
    config = _loaded(lambda: load_config(Path(session.settings.config_dir)))
    settings = session.settings
    return coming_lines(config, frozenset(settings.transports()), settings.addresses, view.at, view.overrides)


@oncall.command("shifts")
@click.option(
    "--from",
    "start",
    metavar="T",
    callback=_checked,
    required=True,
    help="When the first of them may end, such as 2026-11-30.",
)
@click.option("--until", metavar="T", callback=_checked, required=True, help="When the last of them may begin.")
@FILE
@JSON
@click.pass_context
def shifts_command(context: click.Context, start: str, until: str, file: Path | None, as_json: bool) -> None:
    """The shifts of both roles between two instants."""
    view = _view(context)
    begin, end = (read_instant(text, view.schedule.timezone) for text in (start, until))
    if end <= begin:
        raise click.UsageError("--until must be later than --from")
    found = shifts(view.schedule, begin, end, view.overrides)
    document = [
        {"rotation": s.rotation, "role": s.role, "person": s.person, **_bounds(s.since, s.until), "why": s.why}
        for s in found
    ]
    _answer(context, document, shift_lines(view.schedule, found))


@oncall.command("gaps")
@click.option("--days", type=click.IntRange(1, 36_525), default=365, show_default=True, help="How far to look.")
@AT
@FILE
@JSON
@click.pass_context
def gaps_command(context: click.Context, days: int, at: str | None, file: Path | None, as_json: bool) -> None:
    """The gaps, from now on; exit 1 if there are any."""
    view = _view(context)
    end = view.at + timedelta(days=days)
    found = gaps(view.schedule, view.at, end, view.overrides)
    document = [{"rotation": g.rotation, "role": g.role, **_bounds(g.since, g.until)} for g in found]
    _answer(context, document, gap_lines(view.schedule, found, end))
    if found:
        context.exit(1)


@oncall.command("load")
@click.option("--weeks", type=click.IntRange(1, 520), default=4, show_default=True, help="How far to look back.")
@JSON
@click.pass_context
def load_command(context: click.Context, weeks: int, as_json: bool) -> None:
    """Pages, night pages and hours of each person over the last weeks."""
    session: Session = context.obj
    config = _loaded(lambda: load_config(Path(session.settings.config_dir)))
    view = _view_of(session, config.schedule, session.overrides(), None)
    since = view.at - timedelta(weeks=weeks)
    served = shifts(view.schedule, since, view.at, view.overrides)
    people = config.bot.people.values()
    found = load({p.email: p.timezone for p in people}, session.calls(since), served, view.schedule.timezone)
    _answer(context, [asdict(each) for each in found], load_lines(found, {p.email: p.name for p in people}))


class _Severity(click.Choice[str]):
    """`p0` is P0; a refusal names them as they are written everywhere."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        return str(choice).upper()


@click.command()
@click.option("--severity", type=_Severity(SEVERITIES), required=True, help="Which ladder to climb.")
@AT
@JSON
@click.pass_context
def simulate(context: click.Context, severity: str, at: str | None, as_json: bool) -> None:
    """Who would be paged when, by which transport, if nobody answers."""
    session: Session = context.obj
    config = _loaded(lambda: load_config(Path(session.settings.config_dir)))
    view = _view_of(session, config.schedule, session.overrides(), at)
    if severity not in config.policies.ladders:
        raise click.ClickException(f"escalation.yml has no ladder for {severity}, so nobody would be paged.")
    climb = _climb(config, severity, view, session.settings, session.absences(view.at))
    lines = walk_lines(config.policies.ladders[severity], view.schedule, view.at, climb)
    _answer(context, [_row_json(row) for row in closed(climb)], lines)


def _climb(config: Config, severity: str, view: View, settings: _Settings, absences: Sequence[Request]) -> Walk:
    def away(person: str, at: datetime) -> datetime | None:
        return until_when(absences, person, at)

    return walk(
        config.policies.ladders[severity],
        begins=view.at,
        response=config.policies.response.get(severity),
        duty_at=lambda role, instant: duty(view.schedule, role, instant, view.overrides),
        people=tuple(config.bot.people),
        last_resort=config.bot.last_resort,
        transports=settings.transports(),
        reach=reach_for(config.bot, severity, settings.transports(), settings.addresses),
        away=away,
    )


def _view(context: click.Context) -> View:
    """The rota by the options of this command, or else of the group before it."""
    session: Session = context.obj
    at, file = _option(context, "at"), _option(context, "file")
    if file is not None:
        return _view_of(session, _loaded(lambda: load_schedule(file)), (), at)
    config = _loaded(lambda: load_config(Path(session.settings.config_dir)))
    return _view_of(session, config.schedule, session.overrides(), at)


def _view_of(session: Session, schedule: Schedule, overrides: Sequence[Override], at: str | None) -> View:
    if at is not None:
        return View(schedule, overrides, read_instant(at, schedule.timezone))
    return View(schedule, overrides, session.clock.now().replace(microsecond=0))


def _option(context: click.Context, name: str) -> Any:
    own = context.params.get(name)
    return own if own or context.parent is None else context.parent.params.get(name)


def _loaded(read: Callable[[], T]) -> T:
    try:
        return read()
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used:\n{error}") from None


def _answer(context: click.Context, document: object, lines: Iterable[str]) -> None:
    if _option(context, "as_json"):
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(lines))


def stamp(instant: datetime) -> str:
    """UTC with `Z`, as every JSON document here writes it."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bounds(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": stamp(since), "until": stamp(until)}


def _oncall_json(view: View, duties: Sequence[Duty]) -> dict[str, Any]:
    return {
        "at": stamp(view.at),
        "timezone": view.schedule.timezone,
        "rotation": view.schedule.rotation,
        "roles": {
            d.role: {"person": d.person, "rotation": d.rotation, **_bounds(d.since, d.until), "why": d.why}
            for d in duties
        },
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "at": stamp(row.at),
        "after_s": round(row.after.total_seconds()),
        "level": row.level,
        "role": row.role,
        "person": row.person,
        "via": list(row.via),
        "why": row.why,
    }
