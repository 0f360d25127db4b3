"""Working through a runbook: begun, its steps settled by hand, ended. `questions`, `sending` and `run_watching` do the rest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.context import Context
from bot.errors import UserError
from bot.incidents import Change, name_of, own_log
from bot.incidents.opening import of_procedure
from bot.runbooks import runs as machine
from bot.runbooks.model import Runbook, find_runbook
from bot.runbooks.parts.parameters import given
from bot.runbooks.request import Outcome
from bot.runbooks.run import Run, state_of
from bot.runbooks.steps.manual import Manual
from bot.store import Tx, deliveries, incidents, runs
from bot.store.posts import run_key
from bot.subscribers.card import draw
from bot.usecases import actions
from bot.usecases.record import record, record_new
from bot.usecases.run_moves import keep_change, lock, move_run
from bot.usecases.undo import end_if_over

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


def set_back(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str) -> Run:
    """Set a rollout back now. Nobody keeps that waiting."""
    name = ctx.called(tx, actor)
    run = move_run(tx, ctx, run_id, lambda run: machine.set_back(run, step_id, actor, name, tx.at))
    return lock(tx, ctx, run, actor)


def pause(tx: Tx, ctx: Context, run_id: int, actor: str, why: str) -> Run:
    """Nothing is begun and nothing raised until somebody resumes."""
    return move_run(tx, ctx, run_id, lambda run: machine.pause(run, actor, tx.at, why.strip() or "asked for"))


def resume(tx: Tx, ctx: Context, run_id: int, actor: str) -> Run:
    """Go on after a pause. What others have taken meanwhile is asked for again when a step needs it."""
    return move_run(tx, ctx, run_id, lambda run: machine.resume(run, actor, tx.at))


def tick(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, note: str = "") -> Run:
    """It is done. Where its outcome was unknown, somebody has looked: what it changes is changed."""
    before = runs.load(tx.conn, run_id)
    run = move_run(tx, ctx, run_id, lambda run: machine.tick(run, step_id, actor, tx.at, note))
    spec = before.snapshot.step(step_id).spec
    if isinstance(spec, Manual) and spec.action:
        actions.add(tx, ctx, run.incident, spec.action, actor, who=actor)
    if state_of(before, step_id).state == "unknown":
        keep_change(tx, ctx, before, step_id, Outcome(ok=True, text=note))
        end_if_over(tx, ctx, run.incident)
    return run


def mark_failed(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, note: str) -> Run:
    return move_run(tx, ctx, run_id, lambda run: machine.mark_failed(run, step_id, actor, tx.at, note))


def choose(tx: Tx, ctx: Context, run_id: int, step_id: str, label: str, actor: str) -> Run:
    return move_run(tx, ctx, run_id, lambda run: machine.choose(run, step_id, label, actor, tx.at))


def check(tx: Tx, ctx: Context, run_id: int, step_id: str, item: int, actor: str) -> Run:
    return move_run(tx, ctx, run_id, lambda run: machine.check(run, step_id, item, actor, tx.at))


def skip(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, reason: str) -> Run:
    return move_run(tx, ctx, run_id, lambda run: machine.skip(run, step_id, actor, tx.at, reason))


def abort(tx: Tx, ctx: Context, run_id: int, actor: str, reason: str) -> Run:
    return move_run(tx, ctx, run_id, lambda run: machine.abort(run, actor, tx.at, reason))


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
