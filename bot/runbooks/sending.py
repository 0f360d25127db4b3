"""How a step that may be sent leaves and comes back: about to be sent, sent, answered, or cut off. Pure.

It lets nothing leave that is not exactly what was confirmed, and never repeats by itself what may have happened already.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.events import BOT
from bot.formatting import spoken
from bot.runbooks import stages
from bot.runbooks.effects import Effect
from bot.runbooks.flow import Moved
from bot.runbooks.model import Step
from bot.runbooks.moves import expected, moved, watched_words, watching
from bot.runbooks.offers import name_of
from bot.runbooks.questions import named
from bot.runbooks.request import Outcome
from bot.runbooks.rollout import goes_back, label, percent, words
from bot.runbooks.run import Confirmation, Run, StepState, StepStatus
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.verify import to_reach
from oncall.values import replace

_WORD: dict[StepStatus, str] = {"done": "done", "failed": "failed", "unknown": "has an unknown outcome"}


def begin(run: Run, step_id: str, at: datetime, effect: Effect) -> Moved:
    """The runner is about to do this, with everything filled in anew: store this first, and do it only if the step is then
    `running`.

    If it is not what was confirmed any more, or the confirmation has expired, the step fails here, unsent.
    """
    step, state = expected(run, step_id, ("confirmed",), at)
    actor, question = state.who or BOT, state.confirmation
    if reason := _against(run, step, state, at, effect):
        return unsent(run, step_id, at, reason)
    new = replace(state, state="running", at=at, attempts=state.attempts + 1)
    asked = {"asked_by": question.asked_by, "confirmation": question.id} if question else {}
    text = f"{name_of(run, step)} {_starts(step, state)}: {named(effect)}"
    return moved(run, new, actor, "step_started", text, attempt=new.attempts, **asked)


def _starts(step: Step, state: StepState) -> str:
    """What is being started: for a rollout, which of its requests it is."""
    plan = step.spec
    return (
        f"sets {label(plan)} to {words(plan, percent(plan, state.rollout))}" if isinstance(plan, Rollout) else "started"
    )


def unsent(run: Run, step_id: str, at: datetime, reason: str) -> Moved:
    """The runner cannot send the step (because a setting is missing, for example): it fails, and the reason is shown."""
    step, state = expected(run, step_id, ("confirmed",), at)
    new = replace(state, state="failed", at=at, outcome=f"Not sent: {reason}")
    return moved(run, new, BOT, "step_finished", f"{name_of(run, step)} was not sent: {reason}", ok=False)


def finish(run: Run, step_id: str, outcome: Outcome, at: datetime) -> Moved:
    """The answer is here. A changing request that was sent without an answer has an unknown outcome: a person decides.

    Also accepted for a step that was given up as unknown meanwhile: a late answer is still the answer.
    """
    step, state = expected(run, step_id, ("running", "unknown"), at)
    again = outcome.certain or stages.may_repeat(step, state)
    if not outcome.ok and again and step.retry and state.attempts <= step.retry.count:
        new = replace(state, state="confirmed", at=at, outcome=outcome.text, due_at=at + step.retry.delay)
        text = f"{name_of(run, step)} failed, try {state.attempts} of {step.retry.count + 1}: {outcome.text}"
        return moved(run, new, BOT, "step_finished", text, ok=None, **_more(step, state, outcome))
    facts = {"ok": outcome.ok, "http_status": outcome.status, "values": outcome.data, **_more(step, state, outcome)}
    if outcome.ok and step.verify:
        watch = to_reach(step.verify, at, state.confirmation.figures if state.confirmation else {})
        new = replace(watching(state, watch, at), outcome=outcome.text)
        wanted = f"{watched_words(watch)} within {spoken(watch.span)}"
        text = f"{name_of(run, step)} sent: {outcome.text}; whether it helped is watched: {wanted}"
        return moved(run, new, state.who or BOT, "step_finished", text, **{**facts, "ok": None})
    status: StepStatus = "done" if outcome.ok else "failed" if outcome.certain else "unknown"
    new = replace(state, state=status, at=at, outcome=outcome.text)
    text = f"{name_of(run, step)} {_WORD[status]}: {outcome.text}"
    return moved(run, new, state.who or BOT, "step_finished", text, **facts)


def _more(step: Step, state: StepState, outcome: Outcome) -> Mapping[str, Any]:
    """Where the rest of an answer can be found, if there is more of it than its line says."""
    return {"more": {"kind": step.kind, "attempt": state.attempts}} if outcome.has_more else {}


def interrupted(run: Run, step_id: str, at: datetime) -> Moved:
    """Found begun but unfinished after a restart. It is begun again only if it may be repeated; else a person is asked."""
    step, state = expected(run, step_id, ("running",), at)
    if stages.may_repeat(step, state):
        new = replace(state, state="confirmed", at=at, outcome="Interrupted; sent again, as it may be repeated.")
        return moved(run, new, BOT, "step_finished", f"{name_of(run, step)} was interrupted and is sent again", ok=None)
    why = "the bot stopped before the answer came: it may or may not have taken effect"
    new = replace(state, state="unknown", at=at, outcome=f"Unknown: {why}.")
    return moved(run, new, BOT, "step_finished", f"{name_of(run, step)} has an unknown outcome: {why}", ok=None)


def _against(run: Run, step: Step, state: StepState, at: datetime, effect: Effect) -> str:
    """Why the step may not be sent although it was cleared; empty if it may."""
    if run.paused and not goes_back(state.rollout):
        return f"the run is paused: {run.paused}."
    reason = stages.unfit(step, state, at, effect.shown["url"])
    return reason if reason or stages.asked_by_the_plan(state) else _unfit(step, state.confirmation, at, effect)


def _unfit(step: Step, question: Confirmation | None, at: datetime, effect: Effect) -> str:
    """Why the request may not be sent; empty if it may."""
    if not step.needs_confirmation:
        return "" if effect.read_only else "it changes something and nobody confirmed it. Press Run to be asked."
    if question is None or question.used_at is None or question.step != step.id:
        return "nobody confirmed it. Press Run to be asked."
    if question.digest != effect.digest:
        return "the request is no longer the one that was confirmed (a setting changed). Press Run to see the new one."
    if question.expired(at):
        return "the confirmation ran out before the bot came to it. Press Run to be asked again."
    return ""
