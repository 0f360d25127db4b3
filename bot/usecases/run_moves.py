"""One move of a run: decided by the machine (`bot.runbooks.runs`), written with its events and with what it calls for outside.

What a run changes is held by it alone. It refuses to choose a move: `runs`, `questions`, `sending` and `run_watching` do.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.context import Context
from bot.errors import UserError
from bot.incidents import Change, Incident, name_of, own_log
from bot.incidents.opening import procedure_over
from bot.runbooks import runs as machine
from bot.runbooks import sending
from bot.runbooks.allowed import refusal
from bot.runbooks.effects import CommandCall, Effect, Setting, effect_of
from bot.runbooks.flow import Moved
from bot.runbooks.locks import Lock, must_pause
from bot.runbooks.model import Step
from bot.runbooks.request import Outcome, Request
from bot.runbooks.rollout import aimed, percent
from bot.runbooks.run import Confirmation, Run, current, going_back, ready, state_of, watched
from bot.runbooks.steps.command import Command
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.undo import target_of
from bot.store import Tx, deliveries, incidents, locks, posts, runs
from bot.store.deliveries import BESIDE, Delivery, Lane
from bot.store.posts import run_key
from bot.subscribers.card import draw, draw_below, redraw
from bot.usecases.record import record
from bot.usecases.rollouts import call_if_back
from bot.usecases.runbook_calls import called
from bot.usecases.undo import note_change, target_in
from oncall.values import replace

BURIED_BY = 3
"""Messages below a run's that put its buttons out of a phone's sight."""


def move_run(tx: Tx, ctx: Context, run_id: int, move: Callable[[Run], Moved]) -> Run:
    old = runs.load(tx.conn, run_id)
    new, events = move(old)
    if new == old:
        return old
    runs.save(tx.conn, old, new)
    if new.state != "active":
        locks.release(tx.conn, new.id)
    record(tx, ctx, Change(log_of(tx, new), events))
    deliveries.add(tx.conn, [*_called_for(old, new), *_below(tx, old, new)], tx.at)
    call_if_back(tx, ctx, old, new)
    return new


def log_of(tx: Tx, run: Run) -> Incident:
    """What the run is written into; a log of its own is over when the run is."""
    incident = incidents.load(tx.conn, run.incident)
    over = run.incident == own_log(run.id) and run.state != "active" and incident.is_open
    return procedure_over(incident, tx.at) if over else incident


def _called_for(old: Run, new: Run) -> list[Delivery]:
    """The run's message is redrawn; questions appear and close; a cleared step leaves; what is watched is looked at."""
    if looks := _look(old, new):
        return looks
    out = [redraw(run_key(new.id, new.incident), new.incident)]
    for before, after in zip(old.steps, new.steps, strict=True):
        if before.confirmation is not None and before != after:
            out.append(redraw(f"ask:{new.id}:{before.confirmation.id}", new.incident))
        out += _question(new, before.confirmation, after.confirmation)
    step = ready(new)
    if step is not None and (not new.paused or going_back(new)):
        payload = {"run": new.id, "step": step.id}
        lane: Lane = "command" if isinstance(step.spec, Command) else "run"
        key = f"step:{new.id}:{new.version}"
        out.append(
            Delivery(kind="step", lane=lane, line=f"run:{new.id}", key=key, incident=new.incident, payload=payload)
        )
    return out


def _below(tx: Tx, old: Run, new: Run) -> list[Delivery]:
    """The next step's buttons come to the end of the thread, where the last ones are out of sight by now."""
    if new.incident < 0 or new.state != "active" or current(old) == current(new):
        return []
    post = posts.find(tx.conn, run_key(new.id, new.incident))
    since = posts.stands_since(tx.conn, post.key) if post else None
    if post is None or since is None or deliveries.said_since(tx.conn, new.incident, since) < BURIED_BY:
        return []
    return [draw_below(post.key, new.incident, post.ts)]


def _look(old: Run, new: Run) -> list[Delivery]:
    """The time of a look has come: read the figures. A look that is still waiting is enough."""
    step = watched(new)
    if step is None or watched(old) != step:
        return []
    before, after = state_of(old, step.id), state_of(new, step.id)
    if before == after or replace(before, due_at=after.due_at) != after:
        return []
    key, payload = f"observe:{new.id}:{step.id}", {"run": new.id, "step": step.id}
    look = Delivery(kind="observe", lane="run", line=key, key=key, incident=new.incident, payload=payload, rank=BESIDE)
    return [look]


def _question(run: Run, before: Confirmation | None, after: Confirmation | None) -> list[Delivery]:
    """A new question is asked once the present value was read; until then, and only then, it is being read.

    It stands in the run's own message, where the hand is. Only one that others have to answer is a message of its own: a message
    that is redrawn calls nobody.
    """
    if after is None or (before is not None and (before.id, before.look) == (after.id, after.look)):
        return []
    key = f"ask:{run.id}:{after.id}"
    if after.look != "waits":
        return [draw(key, run.incident)] if after.approval else []
    payload = {"run": run.id, "step": after.step, "confirmation": after.id}
    return [Delivery(kind="look", lane="run", line=key, key=f"look:{after.id}", incident=run.incident, payload=payload)]


def lock(tx: Tx, ctx: Context, run: Run, actor: str) -> Run:
    """Take what the cleared step changes. What makes safe takes it from whoever holds it."""
    step = ready(run)
    effect = effect_if_any(tx, ctx, run, step.id) if step else None
    if step is None or not isinstance(effect, Request) or effect.read_only:
        return run
    target = target_in(tx, run.incident, target_of(effect, step))
    holder = locks.held(tx.conn, target)
    if holder is not None and holder.run == run.id:
        return run
    if must_pause(holder, run.id, safe=step.safe or going_back(run)) and holder is not None:
        why = f"{ctx.called(tx, actor)} took over what it was changing, for {name_of(run.incident)}: {step.title}"
        move_run(tx, ctx, holder.run, lambda other: machine.pause(other, actor, tx.at, why))
    by = ctx.called(tx, actor)
    mine = Lock(target=target, run=run.id, log=run.incident, title=run.snapshot.title, by=by, since=tx.at)
    locks.take(tx.conn, mine)
    return run


def lock_by_itself(tx: Tx, ctx: Context, run: Run, step_id: str) -> None:
    """What leaves without being asked for at this moment has to be held, too. It does not leave where another run has it."""
    try:
        lock(tx, ctx, run, run.started_by)
    except UserError as held:
        reason = str(held)
        move_run(tx, ctx, run.id, lambda run: sending.unsent(run, step_id, tx.at, reason))


def setting_of(tx: Tx, ctx: Context, run: Run) -> Setting:
    """What the steps of a run are filled in with at present."""
    return Setting(
        variables=ctx.variables,
        parameters=run.snapshot.parameters,
        values=run.values,
        directory=ctx.config.bot.commands.directory if ctx.config.bot.commands else "",
        called=lambda notify: called(tx, ctx, run.incident, notify),
    )


def effect_now(tx: Tx, ctx: Context, run: Run, step_id: str) -> Effect:
    """What the step would do. Raises `UserError` where a setting is missing or the command may not run."""
    step, setting = run.snapshot.step(step_id), setting_of(tx, ctx, run)
    if isinstance(step.spec, Rollout) and not is_start(run, step):
        setting = replace(setting, percent=percent(step.spec, state_of(run, step_id).rollout))
    effect = effect_of(step, setting)
    if isinstance(effect, CommandCall) and (refused := refusal(effect.argv, ctx.config.bot.commands)):
        raise UserError(refused)
    return effect


def effect_if_any(tx: Tx, ctx: Context, run: Run, step_id: str) -> Effect | None:
    """The same where it may be missing: what a step did, or will not do for want of a setting, is no reason to lose its state."""
    try:
        return effect_now(tx, ctx, run, step_id)
    except UserError:
        return None


def is_start(run: Run, step: Step) -> bool:
    """Whether it is a rollout's start: only its raises are approved."""
    return isinstance(step.spec, Rollout) and aimed(state_of(run, step.id).rollout) == 0


def keep_change(tx: Tx, ctx: Context, run: Run, step_id: str, outcome: Outcome) -> None:
    effect = effect_if_any(tx, ctx, run, step_id)
    if effect is not None:
        note_change(tx, ctx, run, step_id, effect, outcome)
