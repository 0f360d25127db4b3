"""Plays a drill on paper: in a temporary sandbox, on the team's configuration, with simulated people.

Everybody in `people` joins. The person who is to answer does what the procedure's first part says, one thing a minute; all others
sleep. Nothing that exists is touched: database, Slack, mailbox and clock are gone at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.context import Context
from bot.drills.drill import Drill, roll
from bot.drills.score import Score
from bot.ground.clock import FrozenClock
from bot.incidents import Incident
from bot.runbooks.model import Step
from bot.runbooks.offers import offers
from bot.runbooks.run import Run, current, state_of
from bot.runbooks.steps.checklist import Checklist
from bot.runbooks.steps.decision import Decision
from bot.sandbox.run import Options, Sandbox, sandbox
from bot.sandbox.slack import NoLimits
from bot.store import Tx, drills, incidents, runs
from bot.timeline.document import TimelineDoc
from bot.usecases import drills as use
from bot.usecases import incidents as work
from bot.usecases import questions
from bot.usecases import runs as procedure
from bot.usecases.timelines import doc_of
from oncall.values import dataclass

R = TypeVar("R")
EVERY, UNWATCHED = timedelta(minutes=1), timedelta(minutes=10)
"""How far the clock moves at once: with a person who answers, something happens each minute."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Who answers, and how long after their first call. `None` means that nobody does."""

    person: str | None = None
    within: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Played:
    """The result of a drill played on paper."""

    drill: Drill
    doc: TimelineDoc | None
    """`None` if its alert never came."""
    score: Score


async def play(config_dir: Path, scenario: str, answers: Answers, at: datetime) -> Played:
    """Plays the scenario. Raises `ConfigError` and `UserError`."""
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        options = Options(state=Path(folder), port=0, config_dir=config_dir, limits=NoLimits())
        async with sandbox(options, FrozenClock(at)) as running:
            return await _play(running, scenario, answers)


async def _play(running: Sandbox, scenario: str, answers: Answers) -> Played:
    do, look = running.bot.desk.do, running.bot.desk.look
    people = list(running.bot.desk.context.config.bot.people)
    drill = await do(use.call, people[0], scenario)
    for person in people:
        await do(use.answer, drill.id, person, joins=True)
    joined = await look(_reload, drill.id)
    drill = await do(use.start, drill.id, people[0], roll(joined))
    while drill.is_open:
        await running.world.jump(EVERY if answers.person is not None else UNWATCHED)
        if answers.person is not None:
            await do(_act, drill.id, answers.person, answers.within)
        drill = await look(_reload, drill.id)
    doc = await look(_doc, drill.incident) if drill.incident is not None else None
    return Played(drill, doc, await look(use.score_of, drill))


def _reload(tx: Tx, ctx: Context, drill_id: int) -> Drill:
    return drills.load(tx.conn, drill_id)


def _doc(tx: Tx, ctx: Context, number: int) -> TimelineDoc:
    return doc_of(tx, ctx, incidents.load(tx.conn, number))


def _act(tx: Tx, ctx: Context, drill_id: int, who: str, within: timedelta) -> None:
    """Does the next thing that this person does, if there is one."""
    number = drills.load(tx.conn, drill_id).incident
    incident = incidents.load(tx.conn, number) if number is not None else None
    if incident is None or not incident.is_open:
        return
    if incident.state == "triggered":
        if _called_since(tx, incident, who, tx.at - within):
            work.acknowledge(tx, ctx, incident.number, who)
    elif _follow(tx, ctx, incident, who):
        return
    elif incident.state == "acknowledged":
        work.mitigate(tx, ctx, incident.number, who, "the first part of the procedure is done")
    elif incidents.last_of_kinds(tx.conn, incident.number, ("note",)) is None:
        work.note(tx, ctx, incident.number, "What was done stands above; the rest of the procedure is left", who)
    elif incident.firing <= 0:
        work.resolve(tx, ctx, incident.number, who, "the figures are good again")


def _called_since(tx: Tx, incident: Incident, who: str, until: datetime) -> bool:
    """Whether the person's first call had come by then."""
    paged = incidents.of_kinds(tx.conn, incident.number, ("paged",))
    return any(each.event.data.get("person") == who and each.at <= until for each in paged)


def _follow(tx: Tx, ctx: Context, incident: Incident, who: str) -> bool:
    """Go on with the procedure; returns whether there was anything to do, or to wait for, in its first part."""
    book = ctx.config.runbooks.get(incident.runbook or "")
    if book is None:
        return False
    found = next((run for run in runs.of_incident(tx.conn, incident.number) if run.runbook == book.id), None)
    if found is None:
        procedure.start(tx, ctx, incident.number, book.id, who)
        return True
    step = current(found)
    if step is None or step.section != book.steps[0].section:
        return False
    if (move := next((each for each in offers(found, tx.at) if each in _MOVES), None)) is not None:
        _MOVES[move](tx, ctx, found, step, who)
    return True


Move = Callable[[Tx, Context, Run, Step, str], Any]


def _ask(tx: Tx, ctx: Context, run: Run, step: Step, who: str) -> None:
    questions.press_run(tx, ctx, run.id, step.id, who)


def _confirm(tx: Tx, ctx: Context, run: Run, step: Step, who: str) -> None:
    asked = state_of(run, step.id).confirmation
    if asked is not None:
        approver = next((each for each in asked.approvers if each not in asked.approved_by), who)
        questions.confirm(tx, ctx, run.id, asked.id, approver, step.consent.type_to_confirm)


def _tick(tx: Tx, ctx: Context, run: Run, step: Step, who: str) -> None:
    if state_of(run, step.id).state == "pending":
        procedure.tick(tx, ctx, run.id, step.id, who)


def _choose(tx: Tx, ctx: Context, run: Run, step: Step, who: str) -> None:
    if isinstance(step.spec, Decision):
        procedure.choose(tx, ctx, run.id, step.id, step.spec.options[0].label, who)


def _check(tx: Tx, ctx: Context, run: Run, step: Step, who: str) -> None:
    if isinstance(step.spec, Checklist):
        done = {tick.item for tick in state_of(run, step.id).ticks}
        item = next(place for place in range(len(step.spec.items)) if place not in done)
        procedure.check(tx, ctx, run.id, step.id, item, who)


_MOVES: dict[str, Move] = {
    "confirm": _confirm,
    "ask": _ask,
    "go": _ask,
    "tick": _tick,
    "choose": _choose,
    "check": _check,
}
"""What a person who follows a procedure presses, for each move that is offered."""
