"""Who hears of what a rollout did by itself: whoever runs it is paged, and where no incident is open one is opened.

Refuses to decide that anything is set back: the machine has, and it stands in the log in the same transaction.
"""

from __future__ import annotations

from bot.context import Context
from bot.events import BOT, Event
from bot.incidents import Change, Incident, name_of
from bot.runbooks.model import Step
from bot.runbooks.rollout import Progress, goes_back, label, words
from bot.runbooks.run import Run, StepState, current, state_of
from bot.runbooks.steps.rollout import Rollout
from bot.store import Tx, incidents
from bot.usecases.direct_calls import page_about
from bot.usecases.incidents import open_by_hand
from bot.usecases.record import record


def call_if_back(tx: Tx, ctx: Context, old: Run, new: Run) -> None:
    """After a move: a page if the bot sets something back, and another if that did not work."""
    step = current(old)
    if step is None or not isinstance(step.spec, Rollout):
        return
    before, after = state_of(old, step.id), state_of(new, step.id)
    if after.rollout is None or not goes_back(after.rollout):
        return
    begins = not goes_back(before.rollout) and after.who == BOT
    stuck = after.state in ("failed", "unknown") and before.state not in ("failed", "unknown")
    if begins or stuck:
        _call(tx, ctx, new, step, after.rollout, _why(step.spec, after, after.rollout, stuck=stuck))


def _why(plan: Rollout, state: StepState, progress: Progress, *, stuck: bool) -> str:
    what = f"{label(plan)}, to be set back to {words(plan, plan.rollback)} ({progress.why})"
    if not stuck:
        return f"{label(plan)} is being set back to {words(plan, plan.rollback)}: {progress.why}"
    if state.state == "unknown":
        return f"{what}: whether that worked is not known. Look, and set it by hand if need be"
    return f"{what}: that did NOT work ({state.outcome.rstrip('.')}). Set it by hand, or press Set back"


def _call(tx: Tx, ctx: Context, run: Run, step: Step, progress: Progress, why: str) -> None:
    incident = incidents.load(tx.conn, run.incident)
    if incident.drill and not incident.is_open:
        return  # practice is over, and so is what it changed
    if run.incident < 0 or not incident.is_open:
        incident = _incident_for(tx, ctx, run, step, why)
    person = progress.by if progress.by in ctx.config.bot.people else ctx.duty(tx)("primary").person
    for each in (person,) if person else tuple(ctx.config.bot.people):
        incident = page_about(tx, ctx, incident, each, why)


def _incident_for(tx: Tx, ctx: Context, run: Run, step: Step, why: str) -> Incident:
    """The incident that is open for this rollout, or a new one that names it."""
    key = f"rollout:{run.id}"
    standing = incidents.open_by_keys(tx.conn, [key]).get(key)
    if standing is not None:
        return standing
    assert isinstance(step.spec, Rollout)  # noqa: S101 - only such a step is set back
    named = f"{run.snapshot.title} ({name_of(run.incident)})"
    opened = open_by_hand(
        tx, ctx, step.spec.incident, f"{named}: {why}", BOT, why=f"the rollout of {named} failed", key=key
    )
    text = f"{name_of(opened.number)} ({opened.severity}) was opened for it"
    said = Event("rollout", BOT, text, {"run": run.id, "step": step.id, "incident": opened.number})
    record(tx, ctx, Change(incidents.load(tx.conn, run.incident), (said,)))
    return opened
