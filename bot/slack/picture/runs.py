"""What a run's message shows: its steps, the moves the machine allows now, and what was told of it last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.context import Context
from bot.events import Kind, calls_for_a_run, wait_is_over
from bot.incidents import Incident
from bot.runbooks.model import Step
from bot.runbooks.offers import offers
from bot.runbooks.questions import can_be_answered
from bot.runbooks.rollout import goes_back, may_raise, percent, words
from bot.runbooks.run import Run, StepState, current, state_of
from bot.runbooks.steps.checklist import Checklist
from bot.runbooks.steps.decision import Decision
from bot.runbooks.steps.logs import Logs
from bot.runbooks.steps.rollout import Rollout
from bot.slack.picture.called import could_call
from bot.slack.picture.people import who
from bot.slack.picture.questions import confirmation_facts
from bot.slack.picture.steps import step_facts
from bot.slack.views.run_facts import ConfirmationFacts, ItemFacts, OutputLine, RunCall, RunFacts
from bot.slack.views.thread import icon
from bot.slack.views.tokens import Ref
from bot.store import Tx, incidents, outputs, runs


def run_facts(tx: Tx, ctx: Context, run_id: int) -> RunFacts:
    """A run as its message shows it, with exactly the moves that the machine allows now."""
    run = runs.load(tx.conn, run_id)
    incident = incidents.load(tx.conn, run.incident)
    step = current(run)
    return RunFacts(
        token=run_token(run),
        incident=run.incident,
        title=run.snapshot.title,
        steps=tuple(step_facts(tx, ctx, run, each) for each in run.snapshot.steps),
        state=run.state,
        current=run.snapshot.position(step.id) if step else None,
        moves=tuple(move for move in offers(run, tx.at) if move != "confirm"),
        options=tuple(option.label for option in step.spec.options) if step and isinstance(step.spec, Decision) else (),
        items=_items(tx, ctx, run, step) if step else (),
        paused=run.paused if run.state == "active" else "",
        hint=_hint(step, state_of(run, step.id), tx.at) if step else "",
        url=(step.runbook_url if step else "") or run.snapshot.runbook_url or incident.runbook_url,
        why=run.reason,
        by=who(tx, ctx, run.ended_by),
        drill=incident.drill,
        call=_call(tx, ctx, run, incident),
        question=_question_here(tx, ctx, run, step) if step else None,
        **_cleared(tx, ctx, run, step),
        outputs=_outputs(tx, run),
        unanswered=str(Ref.of(incident)) if _still_calls(run, incident) else "",
    )


def _still_calls(run: Run, incident: Incident) -> bool:
    return incident.number > 0 and incident.state == "triggered" and not incident.snoozed and run.state == "active"


_OF_A_RUN: tuple[Kind, ...] = ("step_asked", "step_started", "step_finished", "rollout", "run_paused", "run_resumed")
_LOOKED_THROUGH = 8


def _call(tx: Tx, ctx: Context, run: Run, incident: Incident) -> RunCall | None:
    """The last that was told of it, if somebody was called by that; steps that were left out meanwhile say nothing."""
    told = incidents.latest_of_kinds(tx.conn, incident.number, _OF_A_RUN, _LOOKED_THROUGH)
    mine = (each.event for each in told if each.event.data.get("run") == run.id and not each.event.data.get("left_out"))
    event = next(mine, None)
    if event is None or not calls_for_a_run(event) or incident.number < 0:
        return None
    data, ref = event.data, Ref.of(incident)
    waited = wait_is_over(event)
    return RunCall(
        text=event.text,
        mark=icon(event),
        who=who(tx, ctx, data.get("waited") or data.get("calls")),
        hint="👉 Press *Done…* below and say it in a few words." if waited and run.state == "active" else "",
        helped=bool(data.get("ok", True)),
        next_up=could_call(tx, ctx, incident),
        ref=str(ref),
    )


def _question_here(tx: Tx, ctx: Context, run: Run, step: Step) -> ConfirmationFacts | None:
    """What the step waits for, unless others have to answer: those are called by a message of its own."""
    state = state_of(run, step.id)
    asked = state.confirmation
    if asked is None or asked.approval or asked.look == "waits" or not can_be_answered(run, asked, tx.at):
        return None
    return confirmation_facts(tx, ctx, run, state, asked)


def _cleared(tx: Tx, ctx: Context, run: Run, step: Step | None) -> dict[str, Any]:
    """What the step's question was answered with: it stays readable as it was confirmed, whatever comes of it."""
    asked = state_of(run, step.id).confirmation if step else None
    if asked is None or asked.used_at is None:
        return {}
    sent = f"{asked.shown.get('method', '')} {asked.shown.get('url', '')}".strip()
    return {"cleared": sent, "cleared_by": who(tx, ctx, asked.used_by)}


def _outputs(tx: Tx, run: Run) -> tuple[OutputLine, ...]:
    """The last answer of each step that was longer than its line."""
    found = {kept.step: kept for kept in outputs.of_runs(tx.conn, [run.id])}
    newest = sorted(found.values(), key=lambda kept: kept.at, reverse=True)
    return tuple(
        OutputLine(
            step=run.snapshot.position(kept.step),
            token=f"{run.id}:{kept.step}:{kept.attempt}",
            logs=isinstance(run.snapshot.step(kept.step).spec, Logs),
        )
        for kept in newest
    )


def _items(tx: Tx, ctx: Context, run: Run, step: Step) -> tuple[ItemFacts, ...]:
    """Of a checklist: each item, and who ticked it."""
    if not isinstance(step.spec, Checklist):
        return ()
    ticks = {tick.item: tick for tick in state_of(run, step.id).ticks}
    return tuple(
        ItemFacts(text=text, by=who(tx, ctx, ticks[place].who), at=ticks[place].at)
        if place in ticks
        else ItemFacts(text=text)
        for place, text in enumerate(step.spec.items)
    )


def run_token(run: Run) -> str:
    """What a run's buttons carry: the run, its current step and its version."""
    step = current(run)
    return f"{run.id}:{step.id if step else ''}:{run.version}"


def _hint(step: Step, state: StepState, at: datetime) -> str:
    if isinstance(step.spec, Rollout):
        return _rollout_hint(step.spec, state, at)
    if state.state == "waiting":
        return "The time is over. Press Done and say what you saw."
    if state.state == "watching":
        return "It ends by itself. Done ends it now: say what you saw."
    return "Asks before it changes anything." if step.needs_confirmation else _HINTS[step.manner]


_HINTS = {
    "hand": "You do this one. Press Done when it is done.",
    "read": "Read it, then press Done.",
    "watch": "Run starts to watch; you hear of it when something changes.",
    "wait": "Run starts the clock; when it is over you are called here and asked what you saw.",
    "request": "Only looks, changes nothing.",
    "choose": "You choose the way on.",
    "check": "Tick each item once it is so; your name stands with it.",
    "rollout": "Asks before it changes anything.",
}


def _rollout_hint(plan: Rollout, state: StepState, at: datetime) -> str:
    progress = state.rollout
    back = words(plan, plan.rollback)
    if goes_back(progress):
        return f"To be set back to {back}. If that does not work here, set it by hand."
    if progress is None or progress.stage is None:
        return "Asks once, for all of it, before anything is set."
    if progress.stage == len(plan.stages) - 1:
        return f"The last stage: done after a good hold. If a check goes bad, it is set back to {back} by itself."
    higher = words(plan, percent(plan, progress))
    if may_raise(plan, progress, state.watch, at):
        return f"The hold was good: it may be raised to {higher}."
    how = "by itself" if plan.auto_raise and not progress.by_hand else "by a press"
    return f"After a good hold it is raised to {higher} {how}. If a check goes bad, it is set back to {back} by itself."
