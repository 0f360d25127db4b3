"""`incident-bot drill`: what can be rehearsed, a scenario played on paper, and what has rusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.look import require_database
from bot.cli.oncall import AT, JSON, stamp
from bot.cli.session import Session
from bot.configuration import load
from bot.errors import ConfigError, UserError
from bot.runbooks.fields import span_from

if TYPE_CHECKING:
    from bot.configuration import Config
    from bot.drills.rust import Rust
    from bot.drills.scenario import Scenario
    from bot.drills.score import Row
    from bot.sandbox.rehearsed import Answers, Played

WORDS = ("nobody", "primary", "secondary")


def _span(context: click.Context, param: click.Parameter, text: str) -> timedelta:
    found = span_from(text)
    if found is None:
        raise click.BadParameter(f"“{text}” is not a duration; write it like 30s, 5m or 1h")
    return found


@click.command()
@click.argument("scenario", required=False)
@click.option(
    "--answers",
    default="nobody",
    show_default=True,
    metavar="WHO",
    help="Who answers: nobody, primary, secondary or an email.",
)
@click.option("--within", default="2m", show_default=True, callback=_span, help="How long after their first call.")
@click.option("--rust", is_flag=True, help="Which steps, people and transports nobody has used for 90 days.")
@AT
@JSON
@click.pass_obj
def drill(
    session: Session, scenario: str | None, answers: str, within: timedelta, rust: bool, at: str | None, as_json: bool
) -> None:
    """Play SCENARIO on your configuration, in a sandbox of its own, and score it; without one, list what there is to play.

    Everybody in `people` takes part. Nothing leaves this machine. With real people it is `/incident drill` in Slack.
    """
    config = _config(session)
    if rust:
        _tell_rust(session, config, as_json)
    elif scenario is None:
        _tell_list(config, as_json)
    else:
        _play(session, config, scenario, answers, within, at, as_json)


def _config(session: Session) -> Config:
    try:
        return load(Path(session.settings.config_dir))
    except ConfigError as error:
        raise click.ClickException(f"the configuration cannot be used:\n{error}") from None


def _answer(document: object, lines: Iterator[str], as_json: bool) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))


# What there is to play


def _tell_list(config: Config, as_json: bool) -> None:
    found = list(config.drills.values())
    _answer([_scenario(config, each) for each in found], _list_lines(config, found), as_json)


def _scenario(config: Config, each: Scenario) -> dict[str, Any]:
    rule = next((rule for rule in config.rules if rule.name == each.rule), None)
    return {
        "id": each.id,
        "title": each.title,
        "rule": each.rule,
        "severity": rule.severity if rule else None,
        "runbook": rule.runbook if rule else None,
        "playable": rule is not None,
    }


def _list_lines(config: Config, found: list[Scenario]) -> Iterator[str]:
    width = max(len(each.id) for each in found)
    for each in found:
        it = _scenario(config, each)
        how = (
            f"{it['rule']}, {it['severity']}" if it["playable"] else f"cannot be played: alerts.yml has no {each.rule}"
        )
        yield f"{each.id:<{width}}  {each.title} ({how})"
    yield ""
    yield "`incident-bot drill SCENARIO --answers primary` plays one. Scenarios of your own go into config/drills/."


# A scenario played


def _play(
    session: Session, config: Config, scenario: str, answers: str, within: timedelta, at: str | None, as_json: bool
) -> None:
    import uvloop

    from bot.ground.logs import set_up
    from bot.sandbox.rehearsed import Answers, play
    from bot.sandbox.state import StateFolderError
    from oncall.calendar import read_instant

    zone = config.schedule.timezone
    begins = read_instant(at, zone) if at else session.clock.now().replace(microsecond=0)
    set_up("error", "text")
    try:
        who = Answers(_person(config, answers, session, begins), within)
        done = uvloop.run(play(Path(session.settings.config_dir), scenario, who, begins))
    except (UserError, ConfigError, StateFolderError) as refusal:
        raise click.ClickException(str(refusal)) from None
    _answer(_played_json(done, who), _played_lines(config, done, who), as_json)


def _person(config: Config, word: str, session: Session, at: Any) -> str | None:
    """Who that is. Raises `UserError`."""
    from oncall.schedule import duty
    from oncall.words import did_you_mean

    wanted = word.strip().lower()
    if wanted == "nobody":
        return None
    if wanted in WORDS:
        found = duty(config.schedule, wanted, at, ()).person
        if found is None:
            raise UserError(f"nobody is on call as {wanted} then")
        return found
    if wanted not in config.bot.people:
        known = [*WORDS, *config.bot.people]
        raise UserError(f"“{word}” is nobody of bot.yml{did_you_mean(wanted, known)} (known: {', '.join(known)})")
    return wanted


def _played_lines(config: Config, done: Played, who: Answers) -> Iterator[str]:
    from bot.drills.score import line
    from bot.formatting import spoken
    from bot.timeline.text import as_text

    def name(actor: str) -> str:
        person = config.bot.people.get(actor)
        return person.name if person else actor

    scenario = done.drill.scenario
    yield f"Drill {scenario.id}: {scenario.title}"
    how = f"{name(who.person)} answers {spoken(who.within)} after the first call" if who.person else "nobody answers"
    yield f"Played on paper, {how}; over because {done.drill.why}."
    yield ""
    if done.doc is not None:
        yield as_text(done.doc)
    yield f"{done.score.met} of {len(done.score.rows)} as the procedure wants it:"
    for row in done.score.rows:
        yield f"  {'✓' if row.met else '✗'} {line(row, name)}"
    yield from (f"  · {remark}" for remark in done.score.remarks)


def _played_json(done: Played, who: Answers) -> dict[str, Any]:
    from bot.timeline.as_json import as_json

    scenario = done.drill.scenario
    return {
        "scenario": scenario.id,
        "title": scenario.title,
        "answers": who.person,
        "ended": done.drill.why,
        "score": {
            "met": done.score.met,
            "of": len(done.score.rows),
            "rows": [_row(row) for row in done.score.rows],
            "remarks": list(done.score.remarks),
        },
        "timeline": as_json(done.doc) if done.doc is not None else None,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "what": row.what,
        "within_s": row.within.total_seconds() if row.within is not None else None,
        "took_s": row.took.total_seconds() if row.took is not None else None,
        "who": row.who or None,
        "met": row.met,
    }


# What has rusted


def _tell_rust(session: Session, config: Config, as_json: bool) -> None:
    from bot.configuration.reach import ways_of
    from bot.drills.rust import lines
    from bot.usecases.rusting import rust_of

    require_database(session)
    settings = session.settings
    ways = ways_of(config.bot, settings.transports(), settings.addresses)
    found = session.read(rust_of, config, session.clock.now(), ways)

    def told() -> Iterator[str]:
        if found.nothing:
            yield "Nothing has rusted: everything was used in the last 90 days."
        for title, those in lines(found):
            yield from (f"{title} ({len(those)}):", *(f"  {each}" for each in those), "")

    _answer(_rust_json(found), told(), as_json)


def _rust_json(found: Rust) -> dict[str, Any]:
    used = {
        part: [{"what": each.what, "last": stamp(each.last) if each.last else None} for each in getattr(found, part)]
        for part in ("steps", "people", "transports")
    }
    return {"at": stamp(found.at), **used, "reviews": list(found.reviews)}
