"""Working through a runbook for an incident. The machine (`bot.runbooks.runs`) decides; here it is read and written.

A request leaves only as a delivery: `begin_step` is committed before it, `finish_step` after. A step that is found begun when
its delivery comes round again was cut off by a restart; a person is asked then.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.context import Context
from bot.errors import UserError
from bot.events import Event
from bot.incidents import Change
from bot.runbooks import runs as machine
from bot.runbooks.model import find_runbook
from bot.runbooks.request import Outcome, Request, render
from bot.runbooks.run import Run, current, ready, state_of
from bot.store import Tx, deliveries, incidents, runs
from bot.store.deliveries import Delivery
from bot.subscribers.card import draw, redraw
from bot.usecases.record import record

Moved = tuple[Run, tuple[Event, ...]]


def start(tx: Tx, ctx: Context, number: int, name: str, actor: str) -> Run:
    """Begin a runbook, named by its id or a prefix only one has."""
    incident = incidents.load(tx.conn, number)
    procedure = find_runbook(ctx.config.runbooks, name)
    if any(run.runbook == procedure.id for run in runs.active(tx.conn, number)):
        raise UserError(
            f"{procedure.title} is already being worked through for #{number}. `/runbook next {number}` shows where."
        )
    run, events = machine.start(procedure, runs.next_id(tx.conn), number, actor, tx.at)
    runs.add(tx.conn, run)
    record(tx, ctx, Change(incident, events))
    deliveries.add(tx.conn, [draw(f"run:{run.id}", number)], tx.at)
    return run


def press_run(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str) -> Run:
    """Run the step: at once if it only reads or waits, else ask to confirm the exact request."""

    def move(run: Run) -> Moved:
        step = run.snapshot.step(step_id)
        if not step.needs_confirmation:
            return machine.go(run, step_id, actor, tx.at)
        expires = ctx.config.bot.confirmation_expires
        return machine.ask(run, step_id, actor, tx.at, render(step, ctx.variables), expires)

    return _move(tx, ctx, run_id, move)


def confirm(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str) -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.confirm(run, confirmation, actor, tx.at))


def cancel(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str) -> Run:
    """Withdraw a question: nothing is sent, the step can be run again."""
    return _move(tx, ctx, run_id, lambda run: machine.cancel(run, confirmation, actor, tx.at))


def tick(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, note: str = "") -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.tick(run, step_id, actor, tx.at, note))


def skip(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, reason: str) -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.skip(run, step_id, actor, tx.at, reason))


def abort(tx: Tx, ctx: Context, run_id: int, actor: str, reason: str) -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.abort(run, actor, tx.at, reason))


def begin_step(tx: Tx, ctx: Context, run_id: int, step_id: str) -> Request | None:
    """About to send: the request, or nothing if it must not leave (any more)."""
    run = runs.load(tx.conn, run_id)
    now = current(run)
    if now is None or now.id != step_id:
        return None
    if state_of(run, step_id).state == "running":
        _move(tx, ctx, run_id, lambda run: machine.interrupted(run, step_id, tx.at))
        return None
    if ready(run) is None:
        return None
    try:
        request = render(now, ctx.variables)
    except UserError as missing:
        reason = str(missing)
        _move(tx, ctx, run_id, lambda run: machine.unsent(run, step_id, tx.at, reason))
        return None
    run = _move(tx, ctx, run_id, lambda run: machine.begin(run, step_id, tx.at, request))
    return request if state_of(run, step_id).state == "running" else None


def finish_step(tx: Tx, ctx: Context, run_id: int, step_id: str, outcome: Outcome) -> None:
    """What came of it. A person who has settled an unknown step meanwhile has the last word."""
    run = runs.load(tx.conn, run_id)
    if state_of(run, step_id).state in ("running", "unknown"):
        _move(tx, ctx, run_id, lambda run: machine.finish(run, step_id, outcome, tx.at))


def wake_due(tx: Tx, ctx: Context) -> int:
    """Waits that are over ask for what was seen; questions that ran out lose their buttons."""
    over = runs.waiting_over(tx.conn, tx.at)
    for run in over:
        _move(tx, ctx, run.id, lambda run: machine.wake(run, tx.at))
    return len(over)


def the_run(tx: Tx, number: int, name: str = "") -> Run:
    """The active run of an incident that a command means. Raises `UserError` where that is not clear."""
    active = [run for run in runs.active(tx.conn, number) if run.runbook.startswith(name)]
    if len(active) == 1:
        return active[0]
    if not active:
        raise UserError(f"No runbook is being worked through for #{number}. `/runbook start NAME {number}` begins one.")
    names = ", ".join(run.runbook for run in active)
    raise UserError(
        f"Several runbooks are active for #{number}: {names}. Nothing was done. Press the buttons of the one you mean."
    )


def _move(tx: Tx, ctx: Context, run_id: int, move: Callable[[Run], Moved]) -> Run:
    old = runs.load(tx.conn, run_id)
    new, events = move(old)
    if new == old:
        return old
    runs.save(tx.conn, old, new)
    record(tx, ctx, Change(incidents.load(tx.conn, new.incident), events))
    deliveries.add(tx.conn, _called_for(old, new), tx.at)
    return new


def _called_for(old: Run, new: Run) -> list[Delivery]:
    """The run's message is redrawn; questions appear and close; a cleared step leaves."""
    out = [redraw(f"run:{new.id}", new.incident)]
    for before, after in zip(old.steps, new.steps, strict=True):
        if before.confirmation is not None and before != after:
            out.append(redraw(f"ask:{new.id}:{before.confirmation.id}", new.incident))
        if after.confirmation is not None and (
            before.confirmation is None or before.confirmation.id != after.confirmation.id
        ):
            out.append(draw(f"ask:{new.id}:{after.confirmation.id}", new.incident))
    step = ready(new)
    if step is not None:
        payload = {"run": new.id, "step": step.id}
        key = f"step:{new.id}:{new.version}"
        out.append(
            Delivery(kind="step", lane="run", line=f"run:{new.id}", key=key, incident=new.incident, payload=payload)
        )
    return out
