"""What a step does outside happens only as a delivery: `begin_step` is committed before it, `finish_step` after.

A step that is found begun when its delivery comes round again was cut off by a restart; a person is asked then.
"""

from __future__ import annotations

from bot.context import Context
from bot.errors import UserError
from bot.runbooks import sending
from bot.runbooks.allowed import NOT_RUN
from bot.runbooks.effects import Calling, Effect
from bot.runbooks.request import Outcome
from bot.runbooks.run import Run, current, ready, state_of
from bot.store import Tx, outputs, runs
from bot.usecases.run_moves import effect_now, keep_change, lock_by_itself, move_run
from bot.usecases.runbook_calls import call_for
from bot.usecases.undo import end_if_over


def begin_step(tx: Tx, ctx: Context, run_id: int, step_id: str) -> Effect | None:
    """About to do it: what, or nothing if it must not happen (any more)."""
    run = runs.load(tx.conn, run_id)
    now = current(run)
    if now is None or now.id != step_id:
        return None
    if state_of(run, step_id).state == "running":
        _cut_off(tx, ctx, run, step_id)
        return None
    if ready(run) is None:
        return None
    try:
        effect = effect_now(tx, ctx, run, step_id)
    except UserError as missing:
        reason = str(missing).removeprefix(f"{NOT_RUN} ")
        move_run(tx, ctx, run_id, lambda run: sending.unsent(run, step_id, tx.at, reason))
        return None
    if not _holds(tx, ctx, run, step_id):
        return None
    run = move_run(tx, ctx, run_id, lambda run: sending.begin(run, step_id, tx.at, effect))
    return effect if state_of(run, step_id).state == "running" else None


def _holds(tx: Tx, ctx: Context, run: Run, step_id: str) -> bool:
    """Whether the run holds what is about to change. One that was paused has given it up: it takes it again, or nothing leaves."""
    if not run.paused:
        lock_by_itself(tx, ctx, run, step_id)
    return ready(runs.load(tx.conn, run.id)) is not None


def _cut_off(tx: Tx, ctx: Context, run: Run, step_id: str) -> None:
    """It left, perhaps, and its sender died: what it changes may be changed, unless it is sent again anyway."""
    after = move_run(tx, ctx, run.id, lambda run: sending.interrupted(run, step_id, tx.at))
    if state_of(after, step_id).state == "unknown":
        keep_change(tx, ctx, run, step_id, Outcome(ok=False, text="", certain=False))


def finish_step(tx: Tx, ctx: Context, run_id: int, step_id: str, outcome: Outcome) -> None:
    """What came of it. A person who has settled an unknown step meanwhile, or ended the run, has the last word."""
    run = runs.load(tx.conn, run_id)
    if not is_under_way(run, step_id):
        return
    if outcome.output:
        outputs.keep(tx.conn, run_id, step_id, state_of(run, step_id).attempts, outcome.output, tx.at)
    keep_change(tx, ctx, run, step_id, outcome)
    move_run(tx, ctx, run_id, lambda run: sending.finish(run, step_id, outcome, tx.at))
    end_if_over(tx, ctx, run.incident)


def give_up_step(tx: Tx, ctx: Context, run_id: int, step_id: str, reason: str) -> None:
    """It could not be sent for so long that it is not tried any more: a person decides anew."""
    run = runs.load(tx.conn, run_id)
    now = ready(run)
    if now is not None and now.id == step_id:
        move_run(tx, ctx, run_id, lambda run: sending.unsent(run, step_id, tx.at, f"{reason}."))
    elif is_under_way(run, step_id):
        certain = run.snapshot.step(step_id).read_only
        finish_step(tx, ctx, run_id, step_id, Outcome(ok=False, text=f"No outcome: {reason}.", certain=certain))


def is_under_way(run: Run, step_id: str) -> bool:
    return run.state == "active" and state_of(run, step_id).state in ("running", "unknown")


def call_step(tx: Tx, ctx: Context, run_id: int, step_id: str, effect: Calling) -> None:
    """Whom a step calls is paged in the transaction that says so: nothing of it can be half done."""
    run = runs.load(tx.conn, run_id)
    if not is_under_way(run, step_id):
        return
    who = state_of(run, step_id).who or run.started_by
    outcome = Outcome(ok=True, text=call_for(tx, ctx, run.incident, effect.notify, who))
    finish_step(tx, ctx, run_id, step_id, outcome)
