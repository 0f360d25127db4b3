"""Everything that may happen to a run. Pure: each move answers with the new run and with what to write down.

It refuses to send anything, to read the time and to skip a person: a request that changes something is begun only after a
confirmation of exactly that request, used once and in time. Steps are done in their order; only the current one moves. A
refused move is a `UserError` that says what is the case and what to press.

The life of a step that sends a request: `ask` and `confirm` (or `go`, if it only reads) → `confirmed` → the runner's `begin`
("about to", stored before anything leaves) → `finish`. A question nobody answers: `ask` → `wake`, and it may be asked anew.
A wait: `go` → `wake` → `tick` with what was seen. A watch (a `monitor` step, or a change that has left): a `wake` for each look
and `observed` for what it saw, until there is a verdict. A decision: `choose`. A checklist: `check`, item by item. The rest:
`tick`. What follows from a step that is over stands in `flow`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot.errors import UserError
from bot.events import BOT, Event, Kind
from bot.runbooks import stages
from bot.runbooks.effects import Effect
from bot.runbooks.flow import Moved, go_on, happened, past_the_unwanted, put
from bot.runbooks.model import Runbook, Step
from bot.runbooks.offers import BUTTONS, OFFERS, Move, case_of, clock, ended, hint, name_of, offers, wants_words
from bot.runbooks.paths import MISSING
from bot.runbooks.request import Outcome
from bot.runbooks.rollout import goes_back, label, percent, words
from bot.runbooks.run import Confirmation, Run, StepState, StepStatus, Tick, current, due, ready, state_of, watched
from bot.runbooks.stages import Turn
from bot.runbooks.steps.checklist import Checklist
from bot.runbooks.steps.decision import Decision
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.monitor import Monitor
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.steps.wait import Wait
from bot.runbooks.verify import Figure, Watch, limits, observe, to_keep, to_reach
from bot.timeline import spoken

LONGEST_NOTE = 1_000
"""Characters of a note, an observation or a reason that are kept."""


def start(
    runbook: Runbook, run_id: int, log: int, actor: str, at: datetime, values: Mapping[str, str] = MappingProxyType({})
) -> Moved:
    """Begin a procedure. `log` is the number of what it is written into: the incident's, or the run's own.

    One active run per runbook and incident: the store sees to that.
    """
    steps = tuple(StepState(id=step.id) for step in runbook.steps)
    run = Run(
        id=run_id,
        runbook=runbook.id,
        incident=log,
        values=dict(values),
        steps=steps,
        started_by=actor,
        started_at=at,
        snapshot=runbook,
    )
    with_what = f" with {', '.join(f'{name} {value}' for name, value in values.items())}" if values else ""
    text = f"Runbook started: {runbook.title} ({len(steps)} steps){with_what}"
    begun = happened(run, "run_started", actor, text, values=dict(values))
    run, more = past_the_unwanted(run, at)
    return run, (begun, *more)


def go(run: Run, step_id: str, actor: str, at: datetime) -> Moved:
    """Run the current step if it needs no confirmation: clear a read-only request for the runner, or begin a wait."""
    step, state = _allowed(run, step_id, "go", at)
    if isinstance(step.spec, Wait):
        until = at + step.spec.wait
        new = replace(state, state="waiting", who=actor, at=at, due_at=until, attempts=state.attempts + 1)
        text = f"{name_of(run, step)} started: waits until {clock(until)}"
        return _moved(run, new, actor, "step_started", text, until=until.isoformat())
    if isinstance(step.spec, Monitor):
        watch = to_keep(step.spec.checks, step.spec.span, step.spec.tolerance, at)
        new = replace(state, who=actor, attempts=state.attempts + 1)
        text = f"{name_of(run, step)} started: watches {_what(watch)} for {spoken(watch.span)}"
        return _moved(run, _watching(new, watch, at), actor, "step_started", text)
    return put(run, replace(state, state="confirmed", who=actor, at=at, confirmation=None)), ()


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

    The question is `state_of(run, step_id).confirmation`."""
    step, state = _allowed(run, step_id, "ask", at)
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
        look="waits" if isinstance(step.spec, Http) and step.spec.setting and step.spec.setting.url else "none",
    )
    new = replace(stages.asked(step, state, question), who=actor, at=at)
    text = f"{name_of(run, step)}: confirmation asked for {named(effect)}"
    return _moved(run, new, actor, "step_asked", text, confirmation=question.id, shown=dict(question.shown))


def open_question(run: Run, confirmation: str, at: datetime) -> Step:
    """The step that this question is about. Raises `UserError` if it cannot be answered any more."""
    step = current(run)
    question = state_of(run, step.id).confirmation if step else None
    if step is None or question is None or question.id != confirmation or "confirm" not in offers(run, at):
        raise UserError(f"This confirmation is no longer open. Nothing was sent. {hint(run, at)}")
    return step


def looked(run: Run, confirmation: str, before: Any) -> Moved:
    """The present value was read for an open question; `MISSING` where nothing gave it. Too late, or again: nothing."""
    found = next((step for step in run.steps if step.confirmation and step.confirmation.id == confirmation), None)
    if found is None or found.confirmation is None or found.confirmation.look != "waits":
        return run, ()
    known = before is not MISSING
    seen = replace(found.confirmation, look="known" if known else "unknown", before=before if known else None)
    return put(run, replace(found, confirmation=seen)), ()


def pause(run: Run, actor: str, at: datetime, why: str) -> Moved:
    """The run may not go on for now. What is under way ends as it does, and a rollout goes on being watched."""
    if current(run) is None:
        raise UserError(ended(run))
    if run.paused:
        raise UserError(f"This run is paused already: {run.paused}. Nothing changed.")
    new = replace(run, paused=why, version=run.version + 1)
    return new, (happened(new, "run_paused", actor, f"Runbook paused: {run.snapshot.title}: {why}"),)


def resume(run: Run, actor: str, at: datetime) -> Moved:
    """Go on after a pause."""
    if current(run) is None:
        raise UserError(ended(run))
    if not run.paused:
        raise UserError(f"This run is not paused. Nothing changed. {hint(run, at)}")
    new = replace(run, paused="", version=run.version + 1)
    return new, (happened(new, "run_resumed", actor, f"Runbook resumed: {run.snapshot.title}"),)


def confirm(run: Run, confirmation: str, actor: str, at: datetime, typed: str = "") -> Moved:
    """Answer a question by its id: the request is cleared for the runner. Works once, in time, for the current question."""
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
    step, state = _allowed(run, found.id, "confirm", at)
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
    """Send what waits for approval without it. Wants a reason, which everybody reads."""
    step = current(run)
    question = state_of(run, step.id).confirmation if step else None
    if step is None or question is None or question.id != confirmation or not question.approval:
        raise UserError(f"This does not wait for an approval any more. Nothing was sent. {hint(run, at)}")
    _, state = _allowed(run, step.id, "confirm", at)
    reason = _reason(reason, "Sending without approval")
    run = _cleared(run, state, question, actor, at)
    text = f"{name_of(run, step)} sent without approval (broke the glass): {reason}"
    return run, (happened(run, "approved", actor, text, step=step.id, broke_glass=True),)


def cancel(run: Run, confirmation: str, actor: str, at: datetime) -> Moved:
    """Withdraw a question: nothing is sent, and the step stands as if it had not been asked."""
    step = current(run)
    state = state_of(run, step.id) if step else None
    question = state.confirmation if state else None
    asked = question is not None and question.id == confirmation
    if step is None or state is None or not asked or state.state != "waiting_confirmation":
        raise UserError(f"This confirmation is no longer open. Nothing changed. {hint(run, at)}")
    text = f"{name_of(run, step)}: the request was withdrawn; nothing was sent"
    new = replace(state, state="pending", who=actor, at=at, due_at=None)
    return _moved(run, new, actor, "step_finished", text, ok=None)


def named(effect: Effect) -> str:
    """`POST https://…`, in one line."""
    return f"{effect.shown['method']} {effect.shown['url']}"


def begin(run: Run, step_id: str, at: datetime, effect: Effect) -> Moved:
    """The runner is about to do this, filled in anew: store this first, and do it only if the step is then `running`.

    If it is not what was confirmed any more, or the confirmation ran out meanwhile, the step fails here, unsent.
    """
    step, state = _expected(run, step_id, ("confirmed",), at)
    actor, question = state.who or BOT, state.confirmation
    if reason := _against(run, step, state, at, effect):
        return unsent(run, step_id, at, reason)
    new = replace(state, state="running", at=at, attempts=state.attempts + 1)
    asked = {"asked_by": question.asked_by, "confirmation": question.id} if question else {}
    text = f"{name_of(run, step)} {_starts(step, state)}: {named(effect)}"
    return _moved(run, new, actor, "step_started", text, attempt=new.attempts, **asked)


def _starts(step: Step, state: StepState) -> str:
    """Which of a rollout's requests it is; of any other step there is one."""
    plan = step.spec
    return (
        f"sets {label(plan)} to {words(plan, percent(plan, state.rollout))}" if isinstance(plan, Rollout) else "started"
    )


def set_back(run: Run, step_id: str, actor: str, at: datetime) -> Moved:
    """A person sets a rollout back, at once: the start was confirmed with it."""
    step, state = _allowed(run, step_id, "back", at)
    new = stages.to_back(
        step, state, actor, at, (state.rollout.why if state.rollout else "") or f"asked for by {actor}"
    )
    return _moved(run, new, actor, "rollout", f"{name_of(run, step)} is to be set back now")


def unsent(run: Run, step_id: str, at: datetime, reason: str) -> Moved:
    """The runner cannot send a cleared step (a setting is missing, say): it fails, and the reason is shown."""
    step, state = _expected(run, step_id, ("confirmed",), at)
    new = replace(state, state="failed", at=at, outcome=f"Not sent: {reason}")
    return _moved(run, new, BOT, "step_finished", f"{name_of(run, step)} was not sent: {reason}", ok=False)


def finish(run: Run, step_id: str, outcome: Outcome, at: datetime) -> Moved:
    """The answer is here. A changing request that left without an answer has an unknown outcome: a person decides.

    Also taken for a step that was given up as unknown meanwhile: a late answer is still the answer.
    """
    step, state = _expected(run, step_id, ("running", "unknown"), at)
    again = outcome.certain or stages.may_repeat(step, state)
    if not outcome.ok and again and step.retry and state.attempts <= step.retry.count:
        new = replace(state, state="confirmed", at=at, outcome=outcome.text, due_at=at + step.retry.delay)
        text = f"{name_of(run, step)} failed, try {state.attempts} of {step.retry.count + 1}: {outcome.text}"
        return _moved(run, new, BOT, "step_finished", text, ok=None, **_more(step, state, outcome))
    facts = {"ok": outcome.ok, "http_status": outcome.status, "values": outcome.data, **_more(step, state, outcome)}
    if outcome.ok and step.verify:
        watch = to_reach(step.verify, at)
        new = replace(_watching(state, watch, at), outcome=outcome.text)
        wanted = f"{_what(watch)} within {spoken(watch.span)}"
        text = f"{name_of(run, step)} sent: {outcome.text}; whether it helped is watched: {wanted}"
        return _moved(run, new, state.who or BOT, "step_finished", text, **{**facts, "ok": None})
    status: StepStatus = "done" if outcome.ok else "failed" if outcome.certain else "unknown"
    new = replace(state, state=status, at=at, outcome=outcome.text)
    text = f"{name_of(run, step)} {_WORD[status]}: {outcome.text}"
    return _moved(run, new, state.who or BOT, "step_finished", text, **facts)


def _more(step: Step, state: StepState, outcome: Outcome) -> Mapping[str, Any]:
    """Where the rest of an answer is to be found that says more than its line does."""
    return {"more": {"kind": step.kind, "attempt": state.attempts}} if outcome.has_more else {}


def _watching(state: StepState, watch: Watch, at: datetime) -> StepState:
    """The first look comes at once."""
    return replace(state, state="watching", at=at, watch=watch, due_at=at, outcome="")


def _what(watch: Watch) -> str:
    name = f"{watch.metrics[0]} " if len(watch.metrics) == 1 else ""
    return f"{name}{limits(watch)}"


def observed(run: Run, step_id: str, figures: Mapping[str, Figure], at: datetime) -> Moved:
    """What a look saw. Only a change is an event; a look for what is not watched any more says nothing."""
    step = watched(run)
    state = state_of(run, step.id) if step else None
    if step is None or state is None or state.watch is None or step.id != step_id:
        return run, ()
    if isinstance(step.spec, Rollout):
        return _turned(run, step, stages.looked(step, state, figures, at, paused=bool(run.paused)))
    watch, verdict = observe(state.watch, figures, at)
    state = replace(state, watch=watch)
    if verdict.word == "no-data":
        text = f"{name_of(run, step)}: {verdict.text}. Whether it is good is not known; it is looked at on and on. What do you see?"
        return _moved(run, state, BOT, "step_asked", text, waited=state.who or run.started_by, verdict=verdict.word)
    if not verdict.over:
        return put(run, state), ()
    good = verdict.word == "helped"
    new = replace(state, state="done" if good else "failed", at=at, due_at=None, outcome=verdict.text)
    text = f"{name_of(run, step)} {verdict.text}"
    return _moved(run, new, BOT, "step_finished", text, ok=good, verdict=verdict.word)


def _turned(run: Run, step: Step, turn: Turn) -> Moved:
    if not turn.text:
        return put(run, turn.state), ()
    return _moved(run, turn.state, BOT, "rollout", f"{name_of(run, step)}: {turn.text}", **turn.data)


def expect(run: Run, step_id: str, move: Move, at: datetime) -> Step:
    """The step, if this move may be made on it now: asked before a person is made to type. Raises `UserError`."""
    return _allowed(run, step_id, move, at)[0]


def checked(run: Run, step_id: str, actor: str, found: Sequence[str]) -> Event:
    """What was read for somebody who has to decide what a step came to."""
    text = f"{name_of(run, run.snapshot.step(step_id))} checked: {'; '.join(found) or 'nothing could be read'}"
    return happened(run, "checked", actor, text, step=step_id)


def interrupted(run: Run, step_id: str, at: datetime) -> Moved:
    """Found begun but unfinished after a restart. Begun again by itself only if it may be repeated; else a person is asked."""
    step, state = _expected(run, step_id, ("running",), at)
    if stages.may_repeat(step, state):
        new = replace(state, state="confirmed", at=at, outcome="Interrupted; sent again, as it may be repeated.")
        return _moved(
            run, new, BOT, "step_finished", f"{name_of(run, step)} was interrupted and is sent again", ok=None
        )
    why = "the bot stopped before the answer came: it may or may not have taken effect"
    new = replace(state, state="unknown", at=at, outcome=f"Unknown: {why}.")
    return _moved(run, new, BOT, "step_finished", f"{name_of(run, step)} has an unknown outcome: {why}", ok=None)


def tick(run: Run, step_id: str, actor: str, at: datetime, note: str = "") -> Moved:
    """A person says the current step is done. The end of a wait or of a watch wants to know what was seen."""
    step, state = _allowed(run, step_id, "tick", at)
    note = note.strip()[:LONGEST_NOTE]
    if wants_words(step, state) and not note:
        case = "the time is over" if step.manner == "wait" else "it is still being watched"
        raise UserError(f"{name_of(run, step)}: {case}. Say what you saw in a few words, then press Done.")
    new = replace(state, state="done", who=actor, at=at, outcome=note, due_at=None)
    return _moved(run, new, actor, "step_finished", f"{name_of(run, step)} done{': ' if note else ''}{note}", ok=True)


def mark_failed(run: Run, step_id: str, actor: str, at: datetime, note: str) -> Moved:
    """A person has looked: what was unknown did not work. Wants to know how they saw it."""
    step, state = _allowed(run, step_id, "fail", at)
    note = _reason(note, "Marking a step failed")
    new = replace(state, state="failed", who=actor, at=at, outcome=f"Marked failed: {note}")
    return _moved(run, new, actor, "step_finished", f"{name_of(run, step)} marked failed: {note}", ok=False)


def choose(run: Run, step_id: str, label: str, actor: str, at: datetime) -> Moved:
    """The way on, by the label of the option."""
    step, state = _allowed(run, step_id, "choose", at)
    assert isinstance(step.spec, Decision)  # noqa: S101 - only such a step offers the move
    option = step.spec.named(label)
    if option is None:
        known = ", ".join(f"“{each.label}”" for each in step.spec.options)
        raise UserError(f"{name_of(run, step)}: say which of {known}. Nothing changed.")
    new = replace(state, state="done", who=actor, at=at, outcome=option.label, choice=option.label)
    return _moved(run, new, actor, "step_finished", f"{name_of(run, step)}: {option.label}", ok=True)


def check(run: Run, step_id: str, item: int, actor: str, at: datetime) -> Moved:
    """Tick an item of a checklist, by its place from 0. The last one ends the step."""
    step, state = _allowed(run, step_id, "check", at)
    assert isinstance(step.spec, Checklist)  # noqa: S101 - only such a step offers the move
    if not 0 <= item < len(step.spec.items):
        raise UserError(f"{name_of(run, step)} has items 1 to {len(step.spec.items)}. Nothing changed.")
    before = next((tick for tick in state.ticks if tick.item == item), None)
    if before is not None:
        raise UserError(f"“{step.spec.items[item]}” was ticked by {before.who} at {clock(before.at)}. Nothing changed.")
    ticks = (*state.ticks, Tick(item=item, who=actor, at=at))
    over = len(ticks) == len(step.spec.items)
    new = replace(state, ticks=ticks, who=actor, at=at)
    if over:
        new = replace(new, state="done", outcome=f"all {len(ticks)} items ticked")
    text = f"{name_of(run, step)}: ticked “{step.spec.items[item]}” ({len(ticks)} of {len(step.spec.items)})"
    return _moved(run, new, actor, "step_finished", text, ok=True if over else None, state="ticked")


def skip(run: Run, step_id: str, actor: str, at: datetime, reason: str) -> Moved:
    """Leave the current step out. Wants a reason."""
    step, state = _allowed(run, step_id, "skip", at)
    reason = _reason(reason, "Skipping a step")
    new = replace(state, state="skipped", who=actor, at=at, outcome=reason, due_at=None)
    return _moved(run, new, actor, "step_finished", f"{name_of(run, step)} skipped: {reason}", ok=None)


def abort(run: Run, actor: str, at: datetime, reason: str) -> Moved:
    """End the whole run before its end. Wants a reason. Not while a request is under way: its outcome must be kept."""
    step = current(run)
    if step is None:
        raise UserError(ended(run))
    state = state_of(run, step.id)
    if state.state == "running" or (state.state == "confirmed" and goes_back(state.rollout)):
        raise UserError(
            f"{name_of(run, step)} {case_of(step, state, at)}. Nothing changed. Abort again when it is here."
        )
    reason = _reason(reason, "Aborting a run")
    new = replace(run, state="aborted", ended_by=actor, ended_at=at, reason=reason, version=run.version + 1)
    left = sum(not each.settled for each in run.steps)
    text = f"Runbook aborted: {run.snapshot.title}, {left} of {len(run.steps)} steps left: {reason}"
    text += f". {stays}" if (stays := stages.left_at(step, state)) else ""
    return new, (happened(new, "run_aborted", actor, text, reason=reason),)


def wake(run: Run, at: datetime) -> Moved:
    """The clock reached `due(run)`: a wait is over and the observation is asked for, a question has run out unanswered, or what is
    watched is looked at: the next look is due whether or not this one's answer comes.

    Too early, or again: nothing.
    """
    step, until = current(run), due(run)
    if step is None or until is None or at < until:
        return run, ()
    state = state_of(run, step.id)
    if state.state == "confirmed":
        return put(run, replace(state, due_at=None)), ()
    if watched(run) and state.watch:
        return put(run, replace(state, due_at=at + state.watch.every)), ()
    if state.state == "waiting_confirmation":
        text = f"{name_of(run, step)}: the confirmation ran out; nothing was sent"
        return _moved(run, replace(state, due_at=None), BOT, "step_finished", text, ok=None)
    text = f"{name_of(run, step)}: the time is over. What did you see?"
    return _moved(run, replace(state, at=at, due_at=None), BOT, "step_asked", text, waited=state.who)


_WORD: dict[StepStatus, str] = {"done": "done", "failed": "failed", "unknown": "has an unknown outcome"}


def _allowed(run: Run, step_id: str, move: Move, at: datetime) -> tuple[Step, StepState]:
    """The current step, if a person may make this move on it now."""
    step, state = _expected(run, step_id, None, at)
    if move not in offers(run, at):
        raise UserError(f"{name_of(run, step)} {case_of(step, state, at)}. Nothing changed. {hint(run, at)}".strip())
    return step, state


def _expected(run: Run, step_id: str, states: tuple[StepStatus, ...] | None, at: datetime) -> tuple[Step, StepState]:
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


def _against(run: Run, step: Step, state: StepState, at: datetime, effect: Effect) -> str:
    """Why what is cleared may not leave; empty if it may."""
    if run.paused and not goes_back(state.rollout):
        return f"the run is paused: {run.paused}."
    reason = stages.unfit(step, state, at, effect.shown["url"])
    return reason if reason or stages.asked_by_the_plan(state) else _unfit(step, state.confirmation, at, effect)


def _unfit(step: Step, question: Confirmation | None, at: datetime, effect: Effect) -> str:
    """Why the request may not leave; empty if it may."""
    if not step.needs_confirmation:
        return "" if effect.read_only else "it changes something and nobody confirmed it. Press Run to be asked."
    if question is None or question.used_at is None or question.step != step.id:
        return "nobody confirmed it. Press Run to be asked."
    if question.digest != effect.digest:
        return "the request is no longer the one that was confirmed (a setting changed). Press Run to see the new one."
    if question.expired(at):
        return "the confirmation ran out before the bot came to it. Press Run to be asked again."
    return ""


def _reason(reason: str, what: str) -> str:
    if not reason.strip():
        raise UserError(f"{what} needs a reason. Nothing changed. Say in a few words why.")
    return reason.strip()[:LONGEST_NOTE]


def _moved(run: Run, state: StepState, actor: str, kind: Kind, text: str, /, **data: Any) -> Moved:
    """Store the step's new state, and go on from there. A rollout goes on where another step would be over."""
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


__all__ = [
    "BUTTONS",
    "OFFERS",
    "Move",
    "abort",
    "ask",
    "begin",
    "break_glass",
    "cancel",
    "checked",
    "confirm",
    "current",
    "due",
    "expect",
    "finish",
    "go",
    "interrupted",
    "looked",
    "observed",
    "offers",
    "open_question",
    "pause",
    "ready",
    "resume",
    "set_back",
    "skip",
    "start",
    "state_of",
    "tick",
    "unsent",
    "wake",
    "wants_words",
    "watched",
]
