"""Working through a runbook. The machine (`bot.runbooks.runs`) decides; here it is read and written.

What a step does outside happens only as a delivery: `begin_step` is committed before it, `finish_step` after. A step that is
found begun when its delivery comes round again was cut off by a restart; a person is asked then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.context import Context
from bot.errors import UserError
from bot.events import Event
from bot.incidents import Change, Incident, name_of, of_procedure, own_log, procedure_over
from bot.runbooks import runs as machine
from bot.runbooks.effects import Calling, Effect, Setting, effect_of
from bot.runbooks.model import Runbook, find_runbook
from bot.runbooks.parts.parameters import given
from bot.runbooks.request import Outcome
from bot.runbooks.run import Run, current, ready, state_of
from bot.store import Tx, deliveries, incidents, runs
from bot.store.deliveries import Delivery
from bot.store.posts import run_key
from bot.subscribers.card import draw, redraw
from bot.usecases.calling import call_for, called
from bot.usecases.record import record, record_new

Moved = tuple[Run, tuple[Event, ...]]
NOTHING: Mapping[str, str] = MappingProxyType({})


def start(tx: Tx, ctx: Context, number: int, name: str, actor: str, typed: Mapping[str, str] = NOTHING) -> Run:
    """Begin a runbook for an incident, named by its id or a prefix only one has."""
    incident = incidents.load(tx.conn, number)
    procedure = find_runbook(ctx.config.runbooks, name)
    if any(run.runbook == procedure.id for run in runs.active(tx.conn, number)):
        at = name_of(number)
        raise UserError(
            f"{procedure.title} is already being worked through for {at}. `/runbook next {number}` shows where."
        )
    values = given(procedure.parameters, typed)
    run, events = machine.start(procedure, runs.next_id(tx.conn), number, actor, tx.at, values)
    runs.add(tx.conn, run)
    record(tx, ctx, Change(incident, events))
    deliveries.add(tx.conn, [draw(run_key(run.id, number), number)], tx.at)
    return run


def start_alone(tx: Tx, ctx: Context, procedure: Runbook, actor: str, typed: Mapping[str, str] = NOTHING) -> Run:
    """Begin a runbook that needs no incident: with a thread and a timeline of its own."""
    if procedure.needs_incident:
        raise UserError(
            f"{procedure.title} belongs to an incident. `/runbook start {procedure.id} N` begins it for one. Nothing was started."
        )
    values = given(procedure.parameters, typed)
    for other in runs.alone(tx.conn, procedure.id):
        at = name_of(other.incident)
        raise UserError(f"{procedure.title} is already being worked through as {at}. `/runbook next {at}` shows where.")
    run_id = runs.next_id(tx.conn)
    log = own_log(run_id)
    run, events = machine.start(procedure, run_id, log, actor, tx.at, values)
    alone = of_procedure(run_id, ctx.config.bot.service, procedure.title, actor, ctx.ladder("P2"), tx.at)
    record_new(tx, ctx, Change(alone, events))
    runs.add(tx.conn, run)
    return run


def press_run(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str) -> Run:
    """Run the step: at once if it only reads or waits, else ask to confirm exactly what it would do."""

    def move(run: Run) -> Moved:
        step = run.snapshot.step(step_id)
        if not step.needs_confirmation:
            return machine.go(run, step_id, actor, tx.at)
        expires = ctx.config.bot.confirmation_expires
        return machine.ask(run, step_id, actor, tx.at, _effect(tx, ctx, run, step_id), expires)

    return _move(tx, ctx, run_id, move)


def confirm(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str) -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.confirm(run, confirmation, actor, tx.at))


def cancel(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str) -> Run:
    """Withdraw a question: nothing is sent, the step can be run again."""
    return _move(tx, ctx, run_id, lambda run: machine.cancel(run, confirmation, actor, tx.at))


def tick(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, note: str = "") -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.tick(run, step_id, actor, tx.at, note))


def mark_failed(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, note: str) -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.mark_failed(run, step_id, actor, tx.at, note))


def choose(tx: Tx, ctx: Context, run_id: int, step_id: str, label: str, actor: str) -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.choose(run, step_id, label, actor, tx.at))


def check(tx: Tx, ctx: Context, run_id: int, step_id: str, item: int, actor: str) -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.check(run, step_id, item, actor, tx.at))


def skip(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, reason: str) -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.skip(run, step_id, actor, tx.at, reason))


def abort(tx: Tx, ctx: Context, run_id: int, actor: str, reason: str) -> Run:
    return _move(tx, ctx, run_id, lambda run: machine.abort(run, actor, tx.at, reason))


def begin_step(tx: Tx, ctx: Context, run_id: int, step_id: str) -> Effect | None:
    """About to do it: what, or nothing if it must not happen (any more)."""
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
        effect = _effect(tx, ctx, run, step_id)
    except UserError as missing:
        reason = str(missing)
        _move(tx, ctx, run_id, lambda run: machine.unsent(run, step_id, tx.at, reason))
        return None
    run = _move(tx, ctx, run_id, lambda run: machine.begin(run, step_id, tx.at, effect))
    return effect if state_of(run, step_id).state == "running" else None


def finish_step(tx: Tx, ctx: Context, run_id: int, step_id: str, outcome: Outcome) -> None:
    """What came of it. A person who has settled an unknown step meanwhile has the last word."""
    run = runs.load(tx.conn, run_id)
    if state_of(run, step_id).state in ("running", "unknown"):
        _move(tx, ctx, run_id, lambda run: machine.finish(run, step_id, outcome, tx.at))


def call_step(tx: Tx, ctx: Context, run_id: int, step_id: str, effect: Calling) -> None:
    """Whom a step calls is paged in the transaction that says so: nothing of it can be half done."""
    run = runs.load(tx.conn, run_id)
    who = state_of(run, step_id).who or run.started_by
    outcome = Outcome(ok=True, text=call_for(tx, ctx, run.incident, effect.notify, who))
    finish_step(tx, ctx, run_id, step_id, outcome)


def wake_due(tx: Tx, ctx: Context) -> int:
    """Waits that are over ask for what was seen; questions that ran out lose their buttons; what failed is tried again."""
    over = runs.waiting_over(tx.conn, tx.at)
    for run in over:
        _move(tx, ctx, run.id, lambda run: machine.wake(run, tx.at))
    return len(over)


def the_run(tx: Tx, number: int, name: str = "") -> Run:
    """The active run that a command means: of an incident, or `run-7` itself. Raises `UserError` where that is not clear."""
    active = [run for run in runs.active(tx.conn, number) if run.runbook.startswith(name)]
    if len(active) == 1:
        return active[0]
    at = name_of(number)
    if not active and number < 0:
        raise UserError(f"{at} is not being worked through (any more). `/runbook list` shows what there is.")
    if not active:
        incidents.load(tx.conn, number)
        raise UserError(f"No runbook is being worked through for {at}. `/runbook start NAME {number}` begins one.")
    names = ", ".join(run.runbook for run in active)
    raise UserError(
        f"Several runbooks are active for {at}: {names}. Nothing was done. Press the buttons of the one you mean."
    )


def setting_of(tx: Tx, ctx: Context, run: Run) -> Setting:
    """What the steps of a run are filled in with at present."""
    return Setting(
        variables=ctx.variables,
        parameters=run.snapshot.parameters,
        values=run.values,
        called=lambda notify: called(tx, ctx, notify),
    )


def _effect(tx: Tx, ctx: Context, run: Run, step_id: str) -> Effect:
    return effect_of(run.snapshot.step(step_id), setting_of(tx, ctx, run))


def _move(tx: Tx, ctx: Context, run_id: int, move: Callable[[Run], Moved]) -> Run:
    old = runs.load(tx.conn, run_id)
    new, events = move(old)
    if new == old:
        return old
    runs.save(tx.conn, old, new)
    record(tx, ctx, Change(_log_of(tx, new), events))
    deliveries.add(tx.conn, _called_for(old, new), tx.at)
    return new


def _log_of(tx: Tx, run: Run) -> Incident:
    """What the run is written into; a log of its own is over when the run is."""
    incident = incidents.load(tx.conn, run.incident)
    over = run.incident < 0 and run.state != "active" and incident.is_open
    return procedure_over(incident, tx.at) if over else incident


def _called_for(old: Run, new: Run) -> list[Delivery]:
    """The run's message is redrawn; questions appear and close; a cleared step leaves."""
    out = [redraw(run_key(new.id, new.incident), new.incident)]
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
