"""What a step shows: how it stands, the figures it watches, the stages of its rollout, and what it answered."""

from __future__ import annotations

from typing import Literal

from bot.context import Context
from bot.errors import UserError
from bot.runbooks.model import Step
from bot.runbooks.rollout import stage_spoken
from bot.runbooks.run import Run, StepState, state_of, watched_beside
from bot.runbooks.steps.manual import Manual
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.verify import Watch, course_of, share, standing, way_of
from bot.slack.picture.people import who
from bot.slack.views.output import OutputFacts
from bot.slack.views.run_facts import Course, StageFacts, StepFacts, WatchFacts
from bot.store import Tx, outputs, runs


def step_facts(tx: Tx, ctx: Context, run: Run, step: Step) -> StepFacts:
    state = state_of(run, step.id)
    return StepFacts(
        number=run.snapshot.position(step.id),
        title=step.title,
        state=state.state,
        text=step.text,
        code=step.spec.code if isinstance(step.spec, Manual) else "",
        outcome=state.outcome,
        by=who(tx, ctx, state.who) if state.settled else None,
        at=state.at if state.settled else None,
        due_at=state.due_at,
        expired=state.confirmation is not None and state.confirmation.expired(tx.at),
        watch=_watch_facts(state.watch) if state.watch and _is_watched(state) else None,
        stages=_stages(step, state),
    )


def _is_watched(state: StepState) -> bool:
    return state.state == "watching" or watched_beside(state)


def _stages(step: Step, state: StepState) -> tuple[StageFacts, ...]:
    """Of a rollout: each stage, and which of them stands."""
    plan, progress = step.spec, state.rollout
    if not isinstance(plan, Rollout):
        return ()
    at = -1 if progress is None or progress.stage is None else progress.stage
    aim = progress.aim if progress else None

    def place(stage: int) -> Literal["passed", "held", "aimed", "coming"]:
        if stage == aim:
            return "aimed"
        return "held" if stage == at and state.state != "done" else "passed" if stage <= at else "coming"

    return tuple(StageFacts(stage_spoken(plan, each), place(each)) for each in range(len(plan.stages)))


def _watch_facts(watch: Watch) -> WatchFacts:
    return WatchFacts(
        share=share(watch),
        standing=standing(watch),
        courses=courses(watch),
        gap=watch.why,
        blind_since=watch.blind_since,
    )


def courses(watch: Watch) -> tuple[Course, ...]:
    """How each figure went so far."""
    several = len(watch.metrics) > 1
    return tuple(
        Course(name if several else "", way_of(watch, name), course_of(watch, name))
        for name in watch.metrics
        if watch.points.get(name)
    )


def output_facts(tx: Tx, run_id: int, step_id: str, attempt: int) -> OutputFacts:
    """All that a step answered. Raises `UserError` where it is not kept any more."""
    run = runs.load(tx.conn, run_id)
    text = outputs.find(tx.conn, run_id, step_id, attempt)
    if text is None:
        raise UserError(
            "What this step answered in full is not kept any more (30 days). Its line in the timeline stays."
        )
    title = run.snapshot.step(step_id).title
    return OutputFacts(log=run.incident, run=run_id, step=step_id, title=title, attempt=attempt, text=text)
