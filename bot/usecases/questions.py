"""The questions of a run: whether a step may do exactly this. Asked, read beside its present value, answered, withdrawn.

Refuses to clear what another run holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.incidents import Change
from bot.runbooks import questions, sending
from bot.runbooks import runs as machine
from bot.runbooks.flow import Moved
from bot.runbooks.paths import MISSING
from bot.runbooks.run import Run, current, ready, state_of
from bot.runbooks.stages import shown_before
from bot.runbooks.steps.http import Http
from bot.runbooks.undo import value_words
from bot.store import Tx, deliveries, runs
from bot.store.deliveries import Delivery
from bot.usecases.approvals import approvers_of, glass_broken, taking_part
from bot.usecases.record import record
from bot.usecases.run_moves import effect_now, is_start, lock, log_of, move_run


def press_run(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str) -> Run:
    """Run the step: at once if it only reads or waits, else ask to confirm exactly what it would do."""

    def move(run: Run) -> Moved:
        step = run.snapshot.step(step_id)
        machine.expect(run, step_id, "ask" if step.needs_confirmation else "go", tx.at)
        effect = effect_now(tx, ctx, run, step_id) if step.manner in ("request", "rollout") else None
        if effect is None or not step.needs_confirmation:
            return machine.go(run, step_id, actor, tx.at)
        expires, approvers = ctx.config.bot.confirmation_expires, None
        if step.approval is not None and not is_start(run, step):
            expires, approvers = (
                step.approval.ttl,
                approvers_of(tx, ctx, step.approval, actor, among=taking_part(tx, run.incident)),
            )
        return questions.ask(run, step_id, actor, tx.at, effect, expires, approvers)

    return move_run(tx, ctx, run_id, move)


def looked(
    tx: Tx,
    ctx: Context,
    run_id: int,
    confirmation: str,
    before: Any,
    figures: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """The present value was read (`MISSING` if nothing gave it), and what is to get better: the question can be posted."""
    move_run(tx, ctx, run_id, lambda run: questions.looked(run, confirmation, before, figures))


def moved_meanwhile(tx: Tx, ctx: Context, run_id: int, step_id: str, now: Any) -> None:
    """The setting is no longer what the question showed: nothing is sent."""
    run = runs.load(tx.conn, run_id)
    step = run.snapshot.step(step_id)
    spec, shown = step.spec, shown_before(step, state_of(run, step_id))
    if shown is MISSING or ready(run) is None or not isinstance(spec, Http) or spec.setting is None:
        return
    unit = spec.setting.unit
    was, found = value_words(shown, unit), value_words(now, unit)
    reason = (
        f"{spec.setting.label} is {found} now; it was {was} when this was asked. Press Run to see what would change."
    )
    move_run(tx, ctx, run_id, lambda run: sending.unsent(run, step_id, tx.at, reason))


def confirm(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str, typed: str = "") -> Run:
    """Confirm or approve. What the step changes is this run's from now on; raises `UserError` if another run has it."""
    run = move_run(tx, ctx, run_id, lambda run: questions.confirm(run, confirmation, actor, tx.at, typed))
    return lock(tx, ctx, run, actor)


def break_glass(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str, reason: str) -> Run:
    """Send what waits for approval without it. Only whoever is on call first may; the team's mailbox reads the reason."""
    primary = ctx.duty(tx)("primary").person
    if actor != primary:
        name = ctx.name(primary) if primary else "nobody at the moment"
        raise UserError(f"Only whoever is on call first may send without approval: {name}. Nothing was sent.")
    run = move_run(tx, ctx, run_id, lambda run: questions.break_glass(run, confirmation, actor, tx.at, reason))
    step = current(run)
    if taking_part(tx, run.incident) is None:
        glass_broken(tx, ctx, run.incident, actor, step.title if step else run.snapshot.title, reason)
    return lock(tx, ctx, run, actor)


def cancel(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str) -> Run:
    """Withdraw a question: nothing is sent, the step can be run again."""
    return move_run(tx, ctx, run_id, lambda run: questions.cancel(run, confirmation, actor, tx.at))


def ask_what_is(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str) -> None:
    """Have it read what a step of unknown outcome would have changed; the answer comes in the thread."""
    run = runs.load(tx.conn, run_id)
    machine.expect(run, step_id, "look", tx.at)
    key, payload = f"check:{run_id}:{step_id}", {"run": run_id, "step": step_id, "by": actor}
    asked = Delivery(kind="check", lane="run", line=key, key=key, incident=run.incident, payload=payload)
    deliveries.add(tx.conn, [asked], tx.at)


def found_out(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, found: Sequence[str]) -> None:
    """What was read. The step stays as it is: a person decides."""
    run = runs.load(tx.conn, run_id)
    record(tx, ctx, Change(log_of(tx, run), (machine.checked(run, step_id, actor, found),)))
