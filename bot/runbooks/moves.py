"""What all moves of a run have in common: whether a move may be made now, and what follows from a step's new state. Pure.

It refuses a move on any step but the current one, and a move that the step does not offer; a refusal is a `UserError` that says how
things stand and what to press.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.errors import UserError
from bot.events import Kind
from bot.runbooks import stages
from bot.runbooks.flow import Moved, go_on, happened, put
from bot.runbooks.model import Step
from bot.runbooks.offers import Move, case_of, ended, hint, name_of, offers
from bot.runbooks.run import Run, StepState, StepStatus, current, state_of
from bot.runbooks.verify import Watch, limits
from oncall.values import replace

LONGEST_NOTE = 1_000
"""Characters kept of a note, an observation or a reason."""


def allowed(run: Run, step_id: str, move: Move, at: datetime) -> tuple[Step, StepState]:
    """The current step, if a person may make this move on it now."""
    step, state = expected(run, step_id, None, at)
    if move not in offers(run, at):
        raise UserError(f"{name_of(run, step)} {case_of(step, state, at)}. Nothing changed. {hint(run, at)}".strip())
    return step, state


def expected(run: Run, step_id: str, states: tuple[StepStatus, ...] | None, at: datetime) -> tuple[Step, StepState]:
    """The step, if it is the current one (and in one of these states)."""
    now = current(run)
    if now is None:
        raise UserError(ended(run))
    try:
        step, state = run.snapshot.step(step_id), state_of(run, step_id)
    except KeyError:
        raise UserError(f"This run has no step “{step_id}”. Nothing changed. {hint(run, at)}") from None
    if step.id != now.id:
        place = case_of(step, state, at) if state.settled else "comes later"
        raise UserError(f"{name_of(run, step)} {place}. Nothing changed. {hint(run, at)}")
    if states is not None and state.state not in states:
        raise UserError(f"{name_of(run, step)} {case_of(step, state, at)}. Nothing changed. {hint(run, at)}".strip())
    return step, state


def moved(run: Run, state: StepState, actor: str, kind: Kind, text: str, /, **data: Any) -> Moved:
    """Store the step's new state, and go on from there. A rollout may continue at a point where another step would be over."""
    turn = stages.settled(run.snapshot.step(state.id), state, state.at or run.started_at)
    if turn.text and state.state == "done":
        text = f"{name_of(run, run.snapshot.step(state.id))}: {turn.text} ({state.outcome or 'said by hand'})"
    elif turn.text:
        text = f"{text.rstrip('.')}. {turn.text}"
    kind = "rollout" if turn.text else kind
    state, data = turn.state, {**data, **turn.data}
    new = put(run, state)
    place = {"step": state.id, "position": run.snapshot.position(state.id), "state": state.state}
    said = happened(new, kind, actor, text, **{**place, **data})
    new, more = go_on(new, state.id, actor, state.at or run.started_at)
    return replace(new, version=run.version + 1), (said, *more)


def reasoned(reason: str, what: str) -> str:
    if not reason.strip():
        raise UserError(f"{what} needs a reason. Nothing changed. Say in a few words why.")
    return reason.strip()[:LONGEST_NOTE]


def watching(state: StepState, watch: Watch, at: datetime) -> StepState:
    """Starts a watch; the first look comes at once."""
    return replace(state, state="watching", at=at, watch=watch, due_at=at, outcome="")


def watched_words(watch: Watch) -> str:
    name = f"{watch.metrics[0]} " if len(watch.metrics) == 1 else ""
    return f"{name}{limits(watch)}"
