"""How a run continues after a step: the way that a decision or a failure leads, and steps that are skipped by their condition.
Pure.

Every way leads forward (`references` checks that at load), so every run ends. What is left out is recorded with its reason.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from bot.events import BOT, Event, Kind
from bot.runbooks.model import Step
from bot.runbooks.rollout import goes_back
from bot.runbooks.run import Run, StepState, current, state_of
from bot.runbooks.steps.decision import END, Decision
from oncall.values import replace

Moved = tuple[Run, tuple[Event, ...]]


def put(run: Run, *states: StepState) -> Run:
    """The run with these steps' new states; it counts as one move."""
    new = {state.id: state for state in states}
    steps = tuple(new.get(old.id, old) for old in run.steps)
    return replace(run, steps=steps, version=run.version + 1)


def happened(run: Run, kind: Kind, actor: str, text: str, **data: Any) -> Event:
    """An event of this run."""
    return Event(kind, actor, text, {"run": run.id, "runbook": run.runbook, "of": len(run.steps), **data})


def go_on(run: Run, step_id: str, actor: str, at: datetime) -> Moved:
    """What follows from the step's new state: steps that are left out, and the end of the run after the last one."""
    step, state = run.snapshot.step(step_id), state_of(run, step_id)
    said: tuple[Event, ...] = ()
    target = ""
    passes = (step.on_failure or step.continue_on_error) and not goes_back(state.rollout)
    if state.state == "failed" and passes:
        run, target = put(run, replace(state, passed=True)), step.on_failure
    elif state.state == "done" and isinstance(step.spec, Decision):
        option = step.spec.named(state.choice)
        target = option.goto if option else ""
    if target:
        why = f"“{step.title}” {'failed' if state.passed or state.state == 'failed' else f'is {state.choice}'}"
        run, said = _left_out(run, _between(run, step_id, target), why, at)
    run, unwanted = past_the_unwanted(run, at)
    run, end = _ended(run, actor, at)
    return run, (*said, *unwanted, *end)


def _between(run: Run, step_id: str, target: str) -> list[str]:
    """The steps after one and before another; all the rest, if the way leads to the end."""
    first = run.snapshot.position(step_id)
    last = len(run.steps) if target == END else run.snapshot.position(target) - 1
    return [state.id for state in run.steps[first:last]]


def past_the_unwanted(run: Run, at: datetime) -> Moved:
    """Leave out the next steps whose condition is not met, up to the first whose condition is."""
    said: tuple[Event, ...] = ()
    while (step := current(run)) is not None and state_of(run, step.id).state == "pending" and not wanted(run, step):
        assert step.condition is not None  # noqa: S101 - a step without one is always wanted
        run, one = _left_out(run, [step.id], f"only if {step.condition.spoken()}", at)
        said += one
    return run, said


def wanted(run: Run, step: Step) -> bool:
    """Whether the step's condition is met, or it has none."""
    condition = step.condition
    if condition is None:
        return True
    if condition.parameter:
        return run.values.get(condition.parameter, "") == condition.wanted
    state = state_of(run, condition.step)
    return condition.wanted.lower() in (state.state, state.choice.lower())


def _left_out(run: Run, ids: Collection[str], why: str, at: datetime) -> Moved:
    left = [state for state in run.steps if state.id in ids and not state.settled]
    if not left:
        return run, ()
    places = [run.snapshot.position(state.id) for state in left]
    span = f"Step {places[0]}" if len(places) == 1 else f"Steps {places[0]}–{places[-1]}"
    run = put(run, *(replace(state, state="skipped", who=BOT, at=at, outcome=why) for state in left))
    text = f"{span} of {len(run.steps)} left out: {why}"
    return run, (
        happened(
            run,
            "step_finished",
            BOT,
            text,
            step=left[0].id,
            state="skipped",
            left_out=[each.id for each in left],
            ok=None,
        ),
    )


def _ended(run: Run, actor: str, at: datetime) -> Moved:
    if current(run) is not None:
        return run, ()
    run = replace(run, state="finished", ended_by=actor, ended_at=at)
    skipped, failed = (sum(step.state == state for step in run.steps) for state in ("skipped", "failed"))
    parts = [f"{len(run.steps) - skipped - failed} steps done", f"{skipped} skipped"]
    parts += [f"{failed} failed"] if failed else []
    text = f"Runbook finished: {run.snapshot.title}, {', '.join(parts)}"
    return run, (happened(run, "run_finished", actor, text, skipped=skipped, failed=failed),)
