"""Reads from the store what the views of a runbook have to show: the run, its steps, the question before a change."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from bot.context import Context
from bot.errors import UserError
from bot.events import Kind, calls_for_a_run, wait_is_over
from bot.incidents import Incident
from bot.runbooks.model import Runbook, Step
from bot.runbooks.offers import clock, offers
from bot.runbooks.parts.setting import Setting
from bot.runbooks.paths import MISSING
from bot.runbooks.questions import can_be_answered
from bot.runbooks.rollout import goes_back, may_raise, percent, stage_spoken, words
from bot.runbooks.run import Confirmation, Run, StepState, current, state_of, watched_beside
from bot.runbooks.steps.checklist import Checklist
from bot.runbooks.steps.decision import Decision
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.logs import Logs
from bot.runbooks.steps.manual import Manual
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.undo import from_to, target_at, value_words
from bot.runbooks.urls import host_of
from bot.runbooks.verify import Watch, share, standing, way_of
from bot.slack.picture import could_call, who
from bot.slack.views import questions
from bot.slack.views.actions import Ref
from bot.slack.views.facts import (
    ConfirmationFacts,
    Course,
    ItemFacts,
    Message,
    OutputLine,
    RequestFacts,
    RunbookLine,
    RunCall,
    RunFacts,
    StageFacts,
    StepFacts,
    WatchFacts,
)
from bot.slack.views.output import OutputFacts
from bot.slack.views.thread import icon
from bot.store import Tx, incidents, outputs, runs, undo
from bot.usecases.undo import target_in


def run_facts(tx: Tx, ctx: Context, run_id: int) -> RunFacts:
    """A run as its message shows it, with exactly the moves that the machine allows now."""
    run = runs.load(tx.conn, run_id)
    incident = incidents.load(tx.conn, run.incident)
    step = current(run)
    return RunFacts(
        token=run_token(run),
        incident=run.incident,
        title=run.snapshot.title,
        steps=tuple(_step_facts(tx, ctx, run, each) for each in run.snapshot.steps),
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
        unanswered=str(Ref(incident.number, incident.last_seq)) if _still_calls(run, incident) else "",
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
    data, ref = event.data, Ref(incident.number, incident.last_seq)
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
    return _confirmation_facts(tx, ctx, run, state, asked)


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


def _step_facts(tx: Tx, ctx: Context, run: Run, step: Step) -> StepFacts:
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
        Course(name if several else "", way_of(watch, name), tuple(point.value for point in watch.points[name]))
        for name in watch.metrics
        if watch.points.get(name)
    )


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


def _hint(step: Step, state: StepState, at: datetime) -> str:
    if isinstance(step.spec, Rollout):
        return _rollout_hint(step.spec, state, at)
    if state.state == "waiting":
        return "The time is over. Press Done and say what you saw."
    if state.state == "watching":
        return "It is over by itself. Done ends it now: say what you saw."
    return "Asks before it changes anything." if step.needs_confirmation else _HINTS[step.manner]


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


def question(tx: Tx, ctx: Context, run_id: int, confirmation_id: str) -> Message:
    """The confirmation message: open while it can be answered, closed with its answer afterwards."""
    run = runs.load(tx.conn, run_id)
    state = next((s for s in run.steps if s.confirmation and s.confirmation.id == confirmation_id), None)
    if state is None or state.confirmation is None:
        return _replaced_question(tx, ctx, run, confirmation_id)
    asked = state.confirmation
    facts = _confirmation_facts(tx, ctx, run, state, asked)
    if asked.used_at is not None:
        return questions.confirmation_closed(facts, "confirmed", who(tx, ctx, asked.used_by))
    if state.state == "pending" or (state.state == "watching" and not asked.expired(tx.at)):
        return questions.confirmation_closed(facts, "cancelled", who(tx, ctx, state.who))
    if state.state not in ("waiting_confirmation", "watching") or run.state != "active":
        return questions.confirmation_closed(facts, "outdated")
    if asked.expired(tx.at):
        return questions.confirmation_closed(facts, "expired")
    return questions.confirmation(facts)


def _replaced_question(tx: Tx, ctx: Context, run: Run, confirmation_id: str) -> Message:
    """A newer question took its place in the run; what it was about stands in the log. Raises `LookupError`."""
    asked = [e for e in incidents.story(tx.conn, run.incident) if e.event.data.get("confirmation") == confirmation_id]
    if not asked:
        raise LookupError(confirmation_id)
    state, by = state_of(run, asked[0].event.data["step"]), asked[0].event.actor
    old = Confirmation(
        id=confirmation_id,
        run=run.id,
        step=state.id,
        digest="",
        shown=asked[0].event.data.get("shown") or {},
        asked_by=by,
        asked_at=asked[0].at,
        expires_at=asked[0].at,
    )
    return questions.confirmation_closed(_confirmation_facts(tx, ctx, run, state, old), "outdated")


def _confirmation_facts(tx: Tx, ctx: Context, run: Run, state: StepState, asked: Confirmation) -> ConfirmationFacts:
    step = run.snapshot.step(state.id)
    url = asked.shown.get("url", "")
    changes = step.consent.warning or step.text
    return ConfirmationFacts(
        token=f"{run.id}:{asked.id}",
        incident=run.incident,
        runbook=run.snapshot.title,
        step=_step_facts(tx, ctx, run, step),
        request=RequestFacts(
            method=asked.shown.get("method", ""),
            url=url,
            host=host_of(url),
            body=asked.shown.get("body", ""),
            changes=changes,
        ),
        asked_by=who(tx, ctx, asked.asked_by),
        expires_at=asked.expires_at,
        **_change(tx, run.incident, step, asked),
        plan=tuple(filter(None, asked.shown.get("plan", "").split("\n"))),
        undo=way_back(step),
        danger=step.consent.danger,
        to_type=step.consent.type_to_confirm,
        approval=asked.approval,
        approvers=tuple(found for each in asked.approvers if (found := who(tx, ctx, each))),
        approved_by=tuple(found for each in asked.approved_by if (found := who(tx, ctx, each))),
        needs_all=asked.needs_all,
        drill=incidents.load(tx.conn, run.incident).drill,
    )


def _change(tx: Tx, log: int, step: Step, asked: Confirmation) -> dict[str, str]:
    """Which value would become what; where nobody can say what it is now, what the bot itself did last."""
    setting = step.spec.setting if isinstance(step.spec, Http) else None
    after = setting.set_by(asked.shown.get("body", "")) if setting else MISSING
    if setting is None or after is MISSING:
        return {}
    if asked.look == "known":
        return {"change": f"{setting.label} {from_to(asked.before, after, setting.unit)}"}
    return {
        "change": f"{setting.label} {value_words(after, setting.unit)}",
        "present": _last_known(tx, log, asked, setting),
    }


def _last_known(tx: Tx, log: int, asked: Confirmation, setting: Setting) -> str:
    if asked.look == "waits":
        return "what it is now stands in the same question in the thread"
    target = target_at(asked.shown.get("method", ""), asked.shown.get("url", ""), setting.key)
    last = undo.last_set(tx.conn, target_in(tx, log, target))
    ours = f"; last set by us: {value_words(last[0], setting.unit)} at {clock(last[1])}" if last else ""
    return f"current value unknown{ours}"


def way_back(step: Step) -> str:
    """How a change is taken back, in words."""
    if step.undo is None:
        return "back to what it is now, kept for you" if isinstance(step.spec, Http) and step.spec.setting else ""
    return step.undo.title or f"the step “{step.undo.step}”"


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


def open_question(tx: Tx, ctx: Context, run: Run) -> Message | None:
    """The question that the run's current step waits for, if it does."""
    step = current(run)
    asked = state_of(run, step.id).confirmation if step else None
    if asked is None or asked.used_at is not None or asked.expired(tx.at):
        return None
    return question(tx, ctx, run.id, asked.id)


def manner(step: Step) -> str:
    """What running a step means, in a word or two."""
    if step.needs_confirmation:
        return "asks first"
    return _MEANS[step.manner]


_MEANS = {
    "hand": "by hand",
    "read": "to read",
    "wait": "waits",
    "watch": "watches",
    "request": "looks",
    "choose": "you choose",
    "check": "checklist",
    "rollout": "asks first",
}


def book(procedure: Runbook) -> RunbookLine:
    return RunbookLine(id=procedure.id, title=procedure.title, respond_within=procedure.respond_within)


def runbook_lines(ctx: Context) -> list[RunbookLine]:
    return [book(procedure) for procedure in ctx.config.runbooks.values()]
