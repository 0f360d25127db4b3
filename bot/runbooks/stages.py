"""What becomes of a rollout's step: after a request, after a look, when it is asked for and when it is set back. Pure.

The machine (`runs`) moves it as any other step; where a rollout differs – it sends several requests, and is watched on after each –
the moves ask here. It never raises without good figures over the whole hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.events import BOT
from bot.runbooks import rollout
from bot.runbooks.model import Step
from bot.runbooks.paths import MISSING
from bot.runbooks.rollout import BACK, Progress, label, words
from bot.runbooks.run import Confirmation, StepState
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.verify import Figure, Verdict, Watch, observe
from oncall.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of a step, and the text to record; if that is empty, nothing is recorded."""

    state: StepState
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def asked(step: Step, state: StepState, question: Confirmation) -> StepState:
    """A question is open. What is already set is watched on."""
    new = replace(state, state="waiting_confirmation", confirmation=question, due_at=question.expires_at)
    if not isinstance(step.spec, Rollout):
        return new
    progress = state.rollout or Progress(by=question.asked_by)
    standing = rollout.stands(progress, unknown=state.state == "unknown")
    progress = replace(progress, aim=rollout.aimed(state.rollout), alone=False)
    return replace(new, rollout=progress, due_at=state.due_at if standing else new.due_at)


def cleared(progress: Progress | None, question: Confirmation) -> Progress | None:
    """The question was answered. The bot sends all later requests where the start is sent."""
    return replace(progress, url=question.shown.get("url", "")) if progress and progress.stage is None else progress


def to_back(step: Step, state: StepState, actor: str, at: datetime, why: str) -> StepState:
    """The rollout is set back, whatever else was under way."""
    progress = replace(state.rollout or Progress(by=actor), aim=BACK, alone=True, why=why)
    return replace(state, state="confirmed", who=actor, at=at, due_at=None, attempts=0, rollout=progress)


def unfit(step: Step, state: StepState, at: datetime, url: str) -> str:
    """Why a rollout's request may not be sent, besides what holds for every request; empty if it may."""
    plan, progress = step.spec, state.rollout
    if not isinstance(plan, Rollout) or progress is None:
        return ""
    if progress.alone and progress.url != url:
        return "a setting has changed: it would go to another address than the one that was confirmed."
    if progress.aim and progress.aim > 0 and not rollout.may_raise(plan, progress, state.watch, at):
        return "the figures are not good any more, or nobody could look at them just now."
    return ""


def asked_by_the_plan(state: StepState) -> bool:
    """Whether this request was confirmed with the start, and has no question of its own."""
    return state.rollout is not None and state.rollout.alone


def may_repeat(step: Step, state: StepState) -> bool:
    """Whether it may be sent again although it may have taken effect. A raise may not: the figures may have changed since."""
    return step.idempotent and (not isinstance(step.spec, Rollout) or rollout.goes_back(state.rollout))


def shown_before(step: Step, state: StepState) -> Any:
    """The value that the setting was said to have when the request was confirmed; `MISSING` if nobody knew."""
    if isinstance(step.spec, Rollout) and asked_by_the_plan(state):
        return rollout.in_force(step.spec, state.rollout)
    question = state.confirmation
    return question.before if question and question.look == "known" else MISSING


def looked(step: Step, state: StepState, figures: Mapping[str, Figure], at: datetime, *, paused: bool) -> Turn:
    """What a look leads to."""
    plan, progress, watch = step.spec, state.rollout, state.watch
    if not isinstance(plan, Rollout) or progress is None or watch is None:
        return Turn(state)
    watch, verdict = observe(watch, figures, at)
    state = replace(state, watch=watch)
    match rollout.after_look(plan, progress, verdict, holding=state.state == "watching", paused=paused):
        case "back":
            back = f"{label(plan)} is being set back to {words(plan, plan.rollback)}"
            return Turn(to_back(step, state, BOT, at, verdict.text), f"{verdict.text}; {back}", {"to": plan.rollback})
        case "end":
            new = replace(state, state="done", at=at, due_at=None, outcome=verdict.text)
            return Turn(new, f"done: {verdict.text}", {"ok": True})
        case "raise":
            return _raised_by_itself(plan, state, progress, at, verdict)
        case "tell":
            told = replace(state, rollout=replace(progress, told=True))
            higher = words(plan, rollout.percent(plan, progress))
            return Turn(told, f"{verdict.text}. It may be raised to {higher}: press Raise", {"calls": progress.by})
        case _:
            return _held(state, progress, verdict, at)


def _raised_by_itself(plan: Rollout, state: StepState, progress: Progress, at: datetime, verdict: Verdict) -> Turn:
    aim = rollout.aimed(progress)
    new = replace(state, state="confirmed", who=BOT, at=at, due_at=None, attempts=0)
    new = replace(new, rollout=replace(progress, aim=aim, alone=True))
    to = words(plan, plan.stages[aim].percent)
    text = f"{verdict.text}; {label(plan)} is raised to {to}, as its start was confirmed with"
    return Turn(new, text, {"to": plan.stages[aim].percent})


def _held(state: StepState, progress: Progress, verdict: Verdict, at: datetime) -> Turn:
    question = state.confirmation
    if state.state == "waiting_confirmation" and question is not None and question.expired(at):
        new = replace(state, state="watching", rollout=replace(progress, aim=None))
        return Turn(new, "the confirmation ran out; nothing was sent")
    if verdict.word != "no-data":
        return Turn(state)
    text = f"{verdict.text}. Without figures nothing is raised and nothing is set back by itself. What do you see?"
    return Turn(state, text, {"calls": progress.by})


def settled(step: Step, state: StepState, at: datetime) -> Turn:
    """What becomes of a rollout after one of its requests, where any other step would be over, failed, or as if nobody had
    asked."""
    plan, progress = step.spec, state.rollout
    if not isinstance(plan, Rollout) or progress is None or progress.aim is None:
        return Turn(state)
    if progress.aim == BACK:
        return _back(plan, state, progress) if state.state == "done" else Turn(state)
    match state.state:
        case "done":
            return _set(plan, state, progress, progress.aim, at)
        case "failed" | "pending":
            return _not_set(plan, state, progress, at)
        case "unknown":
            return Turn(replace(state, watch=state.watch or rollout.held(plan, progress, at), due_at=at))
        case _:
            return Turn(state)


def _back(plan: Rollout, state: StepState, progress: Progress) -> Turn:
    """It has failed as a rollout; a new start has to be confirmed again."""
    text = f"{label(plan)} was set back to {words(plan, plan.rollback)}: {progress.why}"
    new = replace(state, state="failed", rollout=None, watch=None, due_at=None, attempts=0, outcome=text)
    return Turn(new, text, {"to": plan.rollback, "ok": False})


def _set(plan: Rollout, state: StepState, progress: Progress, stage: int, at: datetime) -> Turn:
    progress = rollout.set_now(plan, progress, stage)
    text = f"{label(plan)} is {rollout.stage_spoken(plan, stage)}"
    data = {"to": plan.stages[stage].percent, "stage": stage + 1}
    new = replace(state, rollout=progress, watch=None, due_at=None, attempts=0)
    if rollout.is_last(plan, stage):
        return Turn(new, text, {**data, "ok": True})
    return Turn(_watching(new, rollout.held(plan, progress, at), at), text, {**data, "ok": None})


def _not_set(plan: Rollout, state: StepState, progress: Progress, at: datetime) -> Turn:
    """A failed raise leaves the stage as it was, watched on. A failed start leaves nothing."""
    if progress.stage is None or state.watch is None:
        return Turn(replace(state, rollout=None, watch=None, due_at=None))
    by_hand = progress.by_hand or state.state == "failed"
    new = replace(state, rollout=replace(progress, aim=None, alone=False, by_hand=by_hand), attempts=0)
    stays = f"{label(plan)} stays {rollout.stage_spoken(plan, progress.stage)}"
    return Turn(_watching(new, state.watch, at), stays, {"ok": None})


def _watching(state: StepState, watch: Watch, at: datetime) -> StepState:
    """The next look comes at once."""
    return replace(state, state="watching", watch=watch, due_at=at)


def left_at(step: Step, state: StepState) -> str:
    """What stays set when the run is not worked on any more; empty if nothing does."""
    plan, progress = step.spec, state.rollout
    if not isinstance(plan, Rollout) or progress is None or progress.stage is None:
        return ""
    return f"{label(plan)} stays {words(plan, plan.stages[progress.stage].percent)} and is not watched any more"
