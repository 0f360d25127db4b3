"""The question before a change: what would be sent, what would become of it, who has to say yes."""

from __future__ import annotations

from collections.abc import Iterator

from bot.context import Context
from bot.formatting import spoken
from bot.runbooks.model import Step
from bot.runbooks.offers import clock
from bot.runbooks.parts.checks import spoken as spoken_checks
from bot.runbooks.parts.setting import Setting
from bot.runbooks.paths import MISSING
from bot.runbooks.run import Confirmation, Run, StepState, current, state_of
from bot.runbooks.steps.http import Http
from bot.runbooks.undo import from_to, target_at, value_words
from bot.runbooks.urls import host_of
from bot.runbooks.verify import plain
from bot.slack.picture.people import who
from bot.slack.picture.runbooks import way_back
from bot.slack.picture.steps import step_facts
from bot.slack.views import questions
from bot.slack.views.facts import Message
from bot.slack.views.run_facts import ConfirmationFacts, RequestFacts
from bot.store import Tx, incidents, runs, undo
from bot.usecases.undo import target_in


def question(tx: Tx, ctx: Context, run_id: int, confirmation_id: str) -> Message:
    """The confirmation message: open while it can be answered, closed with its answer afterwards."""
    run = runs.load(tx.conn, run_id)
    state = next((s for s in run.steps if s.confirmation and s.confirmation.id == confirmation_id), None)
    if state is None or state.confirmation is None:
        return _replaced_question(tx, ctx, run, confirmation_id)
    asked = state.confirmation
    facts = confirmation_facts(tx, ctx, run, state, asked)
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
    return questions.confirmation_closed(confirmation_facts(tx, ctx, run, state, old), "outdated")


def confirmation_facts(tx: Tx, ctx: Context, run: Run, state: StepState, asked: Confirmation) -> ConfirmationFacts:
    step = run.snapshot.step(state.id)
    url = asked.shown.get("url", "")
    changes = step.consent.warning or step.text
    return ConfirmationFacts(
        token=f"{run.id}:{asked.id}",
        incident=run.incident,
        runbook=run.snapshot.title,
        step=step_facts(tx, ctx, run, step),
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
        plan=(*filter(None, asked.shown.get("plan", "").split("\n")), *_watched_then(ctx, step, asked)),
        undo=way_back(step),
        danger=step.consent.danger,
        to_type=step.consent.type_to_confirm,
        approval=asked.approval,
        approvers=tuple(found for each in asked.approvers if (found := who(tx, ctx, each))),
        approved_by=tuple(found for each in asked.approved_by if (found := who(tx, ctx, each))),
        needs_all=asked.needs_all,
        drill=incidents.load(tx.conn, run.incident).drill,
    )


def _watched_then(ctx: Context, step: Step, asked: Confirmation) -> Iterator[str]:
    """By what it is judged whether it helped, and how that is now."""
    if step.verify is None:
        return
    samples = ctx.config.monitoring.samples if ctx.config.monitoring else {}
    units = {name: sample.unit for name, sample in samples.items()}
    now = {name: f"{plain(value)} {units.get(name, '')}".strip() for name, value in asked.figures.items()}
    several = ", ".join(f"{name} {value}" for name, value in now.items())
    said = f"; it is {next(iter(now.values()))} now" if len(now) == 1 else f"; now {several}" if now else ""
    yield f"Then watched: {spoken_checks(step.verify.checks)} within {spoken(step.verify.within)}{said}"


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
        return "the question in the thread shows its present value"
    target = target_at(asked.shown.get("method", ""), asked.shown.get("url", ""), setting.key)
    last = undo.last_set(tx.conn, target_in(tx, log, target))
    ours = f"; last set by us: {value_words(last[0], setting.unit)} at {clock(last[1])}" if last else ""
    return f"current value unknown{ours}"


def open_question(tx: Tx, ctx: Context, run: Run) -> Message | None:
    """The question that the run's current step waits for, if it does."""
    step = current(run)
    asked = state_of(run, step.id).confirmation if step else None
    if asked is None or asked.used_at is not None or asked.expired(tx.at):
        return None
    return question(tx, ctx, run.id, asked.id)
