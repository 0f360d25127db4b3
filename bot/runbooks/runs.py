"""What may happen to a run. Pure: each move returns the new run and the events to record.

Questions are in `questions`, the way of a request in `sending`, what all moves have in common in `moves`.

It refuses to send anything, to read the time and to leave out a person: a request that changes something is begun only after a
confirmation of exactly that request, used once and in time. Steps are done in their order; only the current one moves. A move that
is refused is a `UserError` that says how things stand and what to press.

The life of a step that sends a request: `questions.ask` and `confirm` (or `go`, if it only reads) → `confirmed` → the runner's
`sending.begin` ("about to", stored before anything leaves) → `finish`. If nobody answers a question: `ask` → `wake`, and it may be
asked again.

A wait: `go` → `wake` → `tick` with what was seen. A watch (a `monitor` step, or a change that was sent): a `wake` for each look and
`observed` for what it saw, until there is a verdict. A decision: `choose`. A checklist: `check`, item by item. The rest: `tick`.
What follows from a step that is over is in `flow`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bot.errors import UserError
from bot.events import BOT, Event
from bot.formatting import spoken
from bot.runbooks import stages
from bot.runbooks.flow import Moved, happened, past_the_unwanted, put
from bot.runbooks.model import Runbook, Step
from bot.runbooks.moves import LONGEST_NOTE, allowed, moved, reasoned, watched_words, watching
from bot.runbooks.offers import Move, case_of, clock, ended, hint, name_of, wants_words
from bot.runbooks.rollout import goes_back
from bot.runbooks.run import Run, StepState, Tick, current, due, state_of, watched
from bot.runbooks.stages import Turn
from bot.runbooks.steps.checklist import Checklist
from bot.runbooks.steps.decision import Decision
from bot.runbooks.steps.monitor import Monitor
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.steps.wait import Wait
from bot.runbooks.verify import Figure, observe, to_keep
from oncall.values import replace


def start(
    runbook: Runbook, run_id: int, log: int, actor: str, at: datetime, values: Mapping[str, str] = MappingProxyType({})
) -> Moved:
    """Begin a procedure. `log` is the number of the log that it writes: the incident's, or the run's own.

    The store ensures that only one run per runbook and incident is active.
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
    step, state = allowed(run, step_id, "go", at)
    if isinstance(step.spec, Wait):
        until = at + step.spec.wait
        new = replace(state, state="waiting", who=actor, at=at, due_at=until, attempts=state.attempts + 1)
        text = f"{name_of(run, step)} started: waits until {clock(until)}"
        return moved(run, new, actor, "step_started", text, until=until.isoformat())
    if isinstance(step.spec, Monitor):
        watch = to_keep(step.spec.checks, step.spec.span, step.spec.tolerance, at)
        new = replace(state, who=actor, attempts=state.attempts + 1)
        text = f"{name_of(run, step)} started: watches {watched_words(watch)} for {spoken(watch.span)}"
        return moved(run, watching(new, watch, at), actor, "step_started", text)
    return put(run, replace(state, state="confirmed", who=actor, at=at, confirmation=None)), ()


def pause(run: Run, actor: str, at: datetime, why: str) -> Moved:
    """Pause the run. What is under way is finished, and a rollout is watched on."""
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


def set_back(run: Run, step_id: str, actor: str, name: str, at: datetime) -> Moved:
    """A person, called `name`, sets a rollout back at once; that was confirmed with its start."""
    step, state = allowed(run, step_id, "back", at)
    why = (state.rollout.why if state.rollout else "") or f"asked for by {name}"
    new = stages.to_back(step, state, actor, at, why)
    return moved(run, new, actor, "rollout", f"{name_of(run, step)} is to be set back now")


def observed(run: Run, step_id: str, figures: Mapping[str, Figure], at: datetime) -> Moved:
    """The figures that a look read. Only a change is an event; a look for something that is no longer watched has no effect."""
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
        return moved(run, state, BOT, "step_asked", text, waited=state.who or run.started_by, verdict=verdict.word)
    if not verdict.over:
        return put(run, state), ()
    good = verdict.good
    new = replace(state, state="done" if good else "failed", at=at, due_at=None, outcome=verdict.text)
    text = f"{name_of(run, step)} {verdict.text}"
    return moved(run, new, BOT, "step_finished", text, ok=good, verdict=verdict.word)


def _turned(run: Run, step: Step, turn: Turn) -> Moved:
    if not turn.text:
        return put(run, turn.state), ()
    return moved(run, turn.state, BOT, "rollout", f"{name_of(run, step)}: {turn.text}", **turn.data)


def expect(run: Run, step_id: str, move: Move, at: datetime) -> Step:
    """The step, if this move may be made on it now; checked before a person is asked to type something. Raises `UserError`."""
    return allowed(run, step_id, move, at)[0]


def checked(run: Run, step_id: str, actor: str, found: Sequence[str]) -> Event:
    """What was read for a person who has to decide how a step ended."""
    text = f"{name_of(run, run.snapshot.step(step_id))} checked: {'; '.join(found) or 'nothing could be read'}"
    return happened(run, "checked", actor, text, step=step_id)


def tick(run: Run, step_id: str, actor: str, at: datetime, note: str = "") -> Moved:
    """A person says that the current step is done. To end a wait or a watch, they have to say what they saw."""
    step, state = allowed(run, step_id, "tick", at)
    note = note.strip()[:LONGEST_NOTE]
    if wants_words(step, state) and not note:
        case = "the time is over" if step.manner == "wait" else "it is still being watched"
        raise UserError(f"{name_of(run, step)}: {case}. Say what you saw in a few words, then press Done.")
    after = _BY_HAND.get(state.state, "")
    tail = f": {note}" if note else ""
    new = replace(state, state="done", who=actor, at=at, outcome=f"Done{after}{tail}" if after else note, due_at=None)
    return moved(run, new, actor, "step_finished", f"{name_of(run, step)} done{after}{tail}", ok=True)


_BY_HAND = {
    "failed": " by hand, after it had failed",
    "unknown": " as somebody saw, after nobody knew whether it had happened",
}
"""What is added about a step that a person calls done, by its state before."""


def mark_failed(run: Run, step_id: str, actor: str, at: datetime, note: str) -> Moved:
    """A person has looked, and a step whose outcome was unknown has failed. They have to say how they know."""
    step, state = allowed(run, step_id, "fail", at)
    note = reasoned(note, "Marking a step failed")
    new = replace(state, state="failed", who=actor, at=at, outcome=f"Marked failed: {note}")
    return moved(run, new, actor, "step_finished", f"{name_of(run, step)} marked failed: {note}", ok=False)


def choose(run: Run, step_id: str, label: str, actor: str, at: datetime) -> Moved:
    """Choose the way on, by the label of the option."""
    step, state = allowed(run, step_id, "choose", at)
    assert isinstance(step.spec, Decision)  # noqa: S101 - only such a step offers the move
    option = step.spec.named(label)
    if option is None:
        known = ", ".join(f"“{each.label}”" for each in step.spec.options)
        raise UserError(f"{name_of(run, step)}: say which of {known}. Nothing changed.")
    new = replace(state, state="done", who=actor, at=at, outcome=option.label, choice=option.label)
    return moved(run, new, actor, "step_finished", f"{name_of(run, step)}: {option.label}", ok=True)


def check(run: Run, step_id: str, item: int, actor: str, at: datetime) -> Moved:
    """Tick an item of a checklist, by its place from 0. The last one ends the step."""
    step, state = allowed(run, step_id, "check", at)
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
    return moved(run, new, actor, "step_finished", text, ok=True if over else None, state="ticked")


def skip(run: Run, step_id: str, actor: str, at: datetime, reason: str) -> Moved:
    """Skip the current step. Needs a reason."""
    step, state = allowed(run, step_id, "skip", at)
    reason = reasoned(reason, "Skipping a step")
    new = replace(state, state="skipped", who=actor, at=at, outcome=reason, due_at=None)
    return moved(run, new, actor, "step_finished", f"{name_of(run, step)} skipped: {reason}", ok=None)


def abort(run: Run, actor: str, at: datetime, reason: str) -> Moved:
    """End the whole run early. Needs a reason. Not while a request is under way, because its outcome must be kept."""
    step = current(run)
    if step is None:
        raise UserError(ended(run))
    state = state_of(run, step.id)
    if state.state == "running" or (state.state == "confirmed" and goes_back(state.rollout)):
        raise UserError(
            f"{name_of(run, step)} {case_of(step, state, at)}. Nothing changed. Abort again when it is here."
        )
    reason = reasoned(reason, "Aborting a run")
    new = replace(run, state="aborted", ended_by=actor, ended_at=at, reason=reason, version=run.version + 1)
    left = sum(not each.settled for each in run.steps)
    text = f"Runbook aborted: {run.snapshot.title}, {left} of {len(run.steps)} steps left: {reason}"
    text += f". {stays}" if (stays := stages.left_at(step, state)) else ""
    return new, (happened(new, "run_aborted", actor, text, reason=reason),)


def wake(run: Run, at: datetime) -> Moved:
    """The clock has reached `due(run)`: a wait is over and its observation is asked for, or a question expires unanswered, or the
    watched figures are looked at; the next look is due even if this one gets no answer.

    If it is too early, or happened before, nothing changes.
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
        return moved(run, replace(state, due_at=None), BOT, "step_finished", text, ok=None)
    text = f"{name_of(run, step)}: the time is over. What did you see?"
    return moved(run, replace(state, at=at, due_at=None), BOT, "step_asked", text, waited=state.who)
