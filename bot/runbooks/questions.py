"""The questions of a run: asked, answered, approved, withdrawn. Pure.

A question is about exactly one request, and is answered once, in time, by a person who may. An answer to a question that a newer
one has replaced is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot.errors import UserError
from bot.runbooks import stages
from bot.runbooks.effects import Effect
from bot.runbooks.flow import Moved, happened, put
from bot.runbooks.model import Step
from bot.runbooks.moves import allowed, moved, reasoned
from bot.runbooks.offers import clock, hint, name_of, offers
from bot.runbooks.paths import MISSING
from bot.runbooks.run import Confirmation, Run, StepState, current, state_of
from oncall.values import replace


def ask(
    run: Run,
    step_id: str,
    actor: str,
    at: datetime,
    effect: Effect,
    expires: timedelta,
    approvers: Sequence[str] | None = None,
) -> Moved:
    """Ask to confirm exactly this, or to have it approved by others. A newer question replaces an older one.

    The question is `state_of(run, step_id).confirmation`.
    """
    step, state = allowed(run, step_id, "ask", at)
    question = Confirmation(
        id=hashlib.sha256(f"{run.id}/{run.version}/{step_id}/{at.isoformat()}/{effect.digest}".encode()).hexdigest()[
            :24
        ],
        run=run.id,
        step=step_id,
        digest=effect.digest,
        shown=dict(effect.shown),
        asked_by=actor,
        asked_at=at,
        expires_at=at + expires,
        approval=approvers is not None,
        approvers=tuple(approvers or ()),
        needs_all=step.approval is not None and step.approval.type == "all",
        look="waits" if step.readable else "none",
    )
    new = replace(stages.asked(step, state, question), who=actor, at=at)
    text = f"{name_of(run, step)}: confirmation asked for {named(effect)}"
    return moved(run, new, actor, "step_asked", text, confirmation=question.id, shown=dict(question.shown))


def open_question(run: Run, confirmation: str, at: datetime) -> Step:
    """The step that this question is about. Raises `UserError` if it cannot be answered any more."""
    step = current(run)
    question = state_of(run, step.id).confirmation if step else None
    if step is None or question is None or question.id != confirmation or "confirm" not in offers(run, at):
        raise UserError(f"This confirmation is no longer open. Nothing was sent. {hint(run, at)}")
    return step


def can_be_answered(run: Run, question: Confirmation, at: datetime) -> bool:
    """Whether it is the question that the run waits for, in time and not answered yet."""
    step = current(run)
    return (
        step is not None
        and step.id == question.step
        and question.used_at is None
        and not question.expired(at)
        and "confirm" in offers(run, at)
    )


def looked(run: Run, confirmation: str, before: Any, figures: Mapping[str, float] = MappingProxyType({})) -> Moved:
    """The present value was read for an open question (`MISSING` if nothing gave it), and so were the figures that the change is to
    improve. If it is too late, or happened before, nothing changes."""
    found = next((step for step in run.steps if step.confirmation and step.confirmation.id == confirmation), None)
    if found is None or found.confirmation is None or found.confirmation.look != "waits":
        return run, ()
    known = before is not MISSING
    seen = replace(found.confirmation, look="known" if known else "unknown", before=before if known else None)
    seen = replace(seen, figures=dict(figures))
    return put(run, replace(found, confirmation=seen)), ()


def confirm(run: Run, confirmation: str, actor: str, at: datetime, typed: str = "") -> Moved:
    """Answer a question by its id: the runner may now send the request. Works once, in time, for the current question."""
    found = next((step for step in run.steps if step.confirmation and step.confirmation.id == confirmation), None)
    if found is None or found.confirmation is None:
        raise UserError(
            f"This confirmation is no longer valid: a newer one took its place. Nothing was sent. {hint(run, at)}"
        )
    question = found.confirmation
    if question.used_at is not None:
        when = clock(question.used_at)
        raise UserError(f"{question.used_by} confirmed this already at {when}. It is sent once only. {hint(run, at)}")
    if run.state == "active" and found.state == "waiting_confirmation" and question.expired(at):
        raise UserError(f"This confirmation ran out at {clock(question.expires_at)}. Nothing was sent. {hint(run, at)}")
    step, state = allowed(run, found.id, "confirm", at)
    word = step.consent.type_to_confirm
    if word and typed.strip() != word:
        raise UserError(f"Type “{word}”, exactly. Nothing was sent.")
    if question.approval:
        return _approve(run, step, state, question, actor, at)
    return _cleared(run, state, question, actor, at), ()


def _cleared(run: Run, state: StepState, question: Confirmation, actor: str, at: datetime) -> Run:
    used = replace(question, used_by=actor, used_at=at)
    progress = stages.cleared(state.rollout, question)
    new = replace(state, state="confirmed", who=actor, at=at, confirmation=used, due_at=None, rollout=progress)
    return put(run, new)


def _approve(run: Run, step: Step, state: StepState, question: Confirmation, actor: str, at: datetime) -> Moved:
    if actor not in question.approvers:
        who = ", ".join(question.approvers) or "nobody who is on call now"
        raise UserError(f"{name_of(run, step)} has to be approved by {who}. Nothing was sent.")
    if actor in question.approved_by:
        raise UserError(f"You have approved {name_of(run, step)} already. Nothing changed.")
    question = replace(question, approved_by=(*question.approved_by, actor))
    missing = [who for who in question.approvers if who not in question.approved_by]
    done = not (question.needs_all and missing)
    run = _cleared(run, state, question, actor, at) if done else put(run, replace(state, confirmation=question))
    wants = "" if done else f"; still asked: {', '.join(missing)}"
    return run, (happened(run, "approved", actor, f"{name_of(run, step)} approved{wants}", step=step.id),)


def break_glass(run: Run, confirmation: str, actor: str, at: datetime, reason: str) -> Moved:
    """Send without the approval what waits for it. Needs a reason, which everybody can read."""
    step = current(run)
    question = state_of(run, step.id).confirmation if step else None
    if step is None or question is None or question.id != confirmation or not question.approval:
        raise UserError(f"This does not wait for an approval any more. Nothing was sent. {hint(run, at)}")
    _, state = allowed(run, step.id, "confirm", at)
    reason = reasoned(reason, "Sending without approval")
    run = _cleared(run, state, question, actor, at)
    text = f"{name_of(run, step)} sent without approval (broke the glass): {reason}"
    return run, (happened(run, "approved", actor, text, step=step.id, broke_glass=True),)


def cancel(run: Run, confirmation: str, actor: str, at: datetime) -> Moved:
    """Withdraw a question: nothing is sent, and the step is as if nobody had asked."""
    step = current(run)
    state = state_of(run, step.id) if step else None
    question = state.confirmation if state else None
    asked = question is not None and question.id == confirmation
    if step is None or state is None or not asked or state.state != "waiting_confirmation":
        raise UserError(f"This confirmation is no longer open. Nothing changed. {hint(run, at)}")
    text = f"{name_of(run, step)}: the request was withdrawn; nothing was sent"
    new = replace(state, state="pending", who=actor, at=at, due_at=None)
    return moved(run, new, actor, "step_finished", text, ok=None)


def named(effect: Effect) -> str:
    """`POST https://…`, on one line."""
    return f"{effect.shown['method']} {effect.shown['url']}"
