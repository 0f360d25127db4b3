"""Working through a runbook. The machine (`bot.runbooks.runs`) decides; here it is read and written.

What a step does outside happens only as a delivery: `begin_step` is committed before it, `finish_step` after. A step that is
found begun when its delivery comes round again was cut off by a restart; a person is asked then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.events import Event
from bot.incidents import Change, Incident, name_of, of_procedure, own_log, procedure_over
from bot.runbooks import questions, sending
from bot.runbooks import runs as machine
from bot.runbooks.command import NOT_RUN, refusal
from bot.runbooks.effects import Calling, CommandCall, Effect, Setting, effect_of
from bot.runbooks.locks import Lock, must_pause
from bot.runbooks.model import Runbook, Step, find_runbook
from bot.runbooks.parts.parameters import given
from bot.runbooks.paths import MISSING
from bot.runbooks.request import Outcome, Request
from bot.runbooks.rollout import aimed, percent
from bot.runbooks.run import Confirmation, Run, current, going_back, ready, state_of, watched
from bot.runbooks.stages import asked_by_the_plan, shown_before
from bot.runbooks.steps.command import Command
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.rollout import Rollout
from bot.runbooks.undo import target_of, value_words
from bot.runbooks.verify import Figure
from bot.store import Tx, deliveries, incidents, locks, outputs, runs
from bot.store.deliveries import BESIDE, Delivery, Lane
from bot.store.posts import run_key
from bot.subscribers.card import draw, redraw
from bot.usecases.approvals import approvers_of, glass_broken
from bot.usecases.calling import call_for, called
from bot.usecases.record import record, record_new
from bot.usecases.rollouts import call_if_back
from bot.usecases.undo import end_if_over, note_change

Moved = tuple[Run, tuple[Event, ...]]
NOTHING: Mapping[str, str] = MappingProxyType({})
WOKEN_TOGETHER = 50
"""Runs that one transaction wakes: few enough that nobody's click waits long behind it."""
PUT_OFF = timedelta(minutes=1)
"""How long one that cannot be woken is left alone."""
log = logging.getLogger(__name__)


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
        machine.expect(run, step_id, "ask" if step.needs_confirmation else "go", tx.at)
        effect = effect_now(tx, ctx, run, step_id) if step.manner in ("request", "rollout") else None
        if effect is None or not step.needs_confirmation:
            return machine.go(run, step_id, actor, tx.at)
        expires, approvers = ctx.config.bot.confirmation_expires, None
        if step.approval is not None and not _is_start(run, step):
            expires, approvers = step.approval.ttl, approvers_of(tx, ctx, step.approval, actor)
        return questions.ask(run, step_id, actor, tx.at, effect, expires, approvers)

    return _move(tx, ctx, run_id, move)


def _is_start(run: Run, step: Step) -> bool:
    """Whether it is a rollout's start: only its raises are approved."""
    return isinstance(step.spec, Rollout) and aimed(state_of(run, step.id).rollout) == 0


def looked(tx: Tx, ctx: Context, run_id: int, confirmation: str, before: Any) -> None:
    """The present value was read (`MISSING` if nothing gave it): the question can be posted."""
    _move(tx, ctx, run_id, lambda run: questions.looked(run, confirmation, before))


def confirm(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str, typed: str = "") -> Run:
    """Confirm or approve. What the step changes is this run's from now on; raises `UserError` if another run has it."""
    run = _move(tx, ctx, run_id, lambda run: questions.confirm(run, confirmation, actor, tx.at, typed))
    return _lock(tx, ctx, run, actor)


def break_glass(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str, reason: str) -> Run:
    """Send what waits for approval without it. Only whoever is on call first may; the team's mailbox reads the reason."""
    primary = ctx.duty(tx)("primary").person
    if actor != primary:
        name = ctx.name(primary) if primary else "nobody at the moment"
        raise UserError(f"Only whoever is on call first may send without approval: {name}. Nothing was sent.")
    run = _move(tx, ctx, run_id, lambda run: questions.break_glass(run, confirmation, actor, tx.at, reason))
    step = current(run)
    glass_broken(tx, ctx, run.incident, actor, step.title if step else run.snapshot.title, reason)
    return _lock(tx, ctx, run, actor)


def _lock(tx: Tx, ctx: Context, run: Run, actor: str) -> Run:
    """Take what the cleared step changes. What makes safe takes it from whoever holds it."""
    step = ready(run)
    effect = _effect_if_any(tx, ctx, run, step.id) if step else None
    if step is None or not isinstance(effect, Request) or effect.read_only:
        return run
    target = target_of(effect, step)
    holder = locks.held(tx.conn, target)
    if holder is not None and holder.run == run.id:
        return run
    if must_pause(holder, run.id, safe=step.safe or going_back(run)) and holder is not None:
        why = f"{ctx.name(actor)} took over what it was changing, for {name_of(run.incident)}: {step.title}"
        _move(tx, ctx, holder.run, lambda other: machine.pause(other, actor, tx.at, why))
    mine = Lock(target=target, run=run.id, log=run.incident, title=run.snapshot.title, by=ctx.name(actor), since=tx.at)
    locks.take(tx.conn, mine)
    return run


def set_back(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str) -> Run:
    """Set a rollout back now. Nobody keeps that waiting."""
    run = _move(tx, ctx, run_id, lambda run: machine.set_back(run, step_id, actor, tx.at))
    return _lock(tx, ctx, run, actor)


def pause(tx: Tx, ctx: Context, run_id: int, actor: str, why: str) -> Run:
    """Nothing is begun and nothing raised until somebody resumes."""
    return _move(tx, ctx, run_id, lambda run: machine.pause(run, actor, tx.at, why.strip() or "asked for"))


def resume(tx: Tx, ctx: Context, run_id: int, actor: str) -> Run:
    """Go on after a pause. What others have taken meanwhile is asked for again when a step needs it."""
    return _move(tx, ctx, run_id, lambda run: machine.resume(run, actor, tx.at))


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
    _move(tx, ctx, run_id, lambda run: sending.unsent(run, step_id, tx.at, reason))


def cancel(tx: Tx, ctx: Context, run_id: int, confirmation: str, actor: str) -> Run:
    """Withdraw a question: nothing is sent, the step can be run again."""
    return _move(tx, ctx, run_id, lambda run: questions.cancel(run, confirmation, actor, tx.at))


def tick(tx: Tx, ctx: Context, run_id: int, step_id: str, actor: str, note: str = "") -> Run:
    """It is done. Where its outcome was unknown, somebody has looked: what it changes is changed."""
    before = runs.load(tx.conn, run_id)
    run = _move(tx, ctx, run_id, lambda run: machine.tick(run, step_id, actor, tx.at, note))
    if state_of(before, step_id).state == "unknown":
        _note_change(tx, ctx, before, step_id, Outcome(ok=True, text=note))
        end_if_over(tx, ctx, run.incident)
    return run


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
        _cut_off(tx, ctx, run, step_id)
        return None
    if ready(run) is None:
        return None
    try:
        effect = effect_now(tx, ctx, run, step_id)
    except UserError as missing:
        reason = str(missing).removeprefix(f"{NOT_RUN} ")
        _move(tx, ctx, run_id, lambda run: sending.unsent(run, step_id, tx.at, reason))
        return None
    if not _holds(tx, ctx, run, step_id):
        return None
    run = _move(tx, ctx, run_id, lambda run: sending.begin(run, step_id, tx.at, effect))
    return effect if state_of(run, step_id).state == "running" else None


def _holds(tx: Tx, ctx: Context, run: Run, step_id: str) -> bool:
    """Whether the run holds what is about to change. One that was paused has given it up: it takes it again, or nothing leaves."""
    if not run.paused:
        _lock_by_itself(tx, ctx, run, step_id)
    return ready(runs.load(tx.conn, run.id)) is not None


def _cut_off(tx: Tx, ctx: Context, run: Run, step_id: str) -> None:
    """It left, perhaps, and its sender died: what it changes may be changed, unless it is sent again anyway."""
    after = _move(tx, ctx, run.id, lambda run: sending.interrupted(run, step_id, tx.at))
    if state_of(after, step_id).state == "unknown":
        _note_change(tx, ctx, run, step_id, Outcome(ok=False, text="", certain=False))


def finish_step(tx: Tx, ctx: Context, run_id: int, step_id: str, outcome: Outcome) -> None:
    """What came of it. A person who has settled an unknown step meanwhile, or ended the run, has the last word."""
    run = runs.load(tx.conn, run_id)
    if not _is_under_way(run, step_id):
        return
    if outcome.output:
        outputs.keep(tx.conn, run_id, step_id, state_of(run, step_id).attempts, outcome.output, tx.at)
    _note_change(tx, ctx, run, step_id, outcome)
    _move(tx, ctx, run_id, lambda run: sending.finish(run, step_id, outcome, tx.at))
    end_if_over(tx, ctx, run.incident)


def give_up_step(tx: Tx, ctx: Context, run_id: int, step_id: str, reason: str) -> None:
    """It could not be sent for so long that it is not tried any more: a person decides anew."""
    run = runs.load(tx.conn, run_id)
    now = ready(run)
    if now is not None and now.id == step_id:
        _move(tx, ctx, run_id, lambda run: sending.unsent(run, step_id, tx.at, f"{reason}."))
    elif _is_under_way(run, step_id):
        certain = run.snapshot.step(step_id).read_only
        finish_step(tx, ctx, run_id, step_id, Outcome(ok=False, text=f"No outcome: {reason}.", certain=certain))


def _is_under_way(run: Run, step_id: str) -> bool:
    return run.state == "active" and state_of(run, step_id).state in ("running", "unknown")


def _note_change(tx: Tx, ctx: Context, run: Run, step_id: str, outcome: Outcome) -> None:
    effect = _effect_if_any(tx, ctx, run, step_id)
    if effect is not None:
        note_change(tx, ctx, run, step_id, effect, outcome)


def call_step(tx: Tx, ctx: Context, run_id: int, step_id: str, effect: Calling) -> None:
    """Whom a step calls is paged in the transaction that says so: nothing of it can be half done."""
    run = runs.load(tx.conn, run_id)
    if not _is_under_way(run, step_id):
        return
    who = state_of(run, step_id).who or run.started_by
    outcome = Outcome(ok=True, text=call_for(tx, ctx, run.incident, effect.notify, who))
    finish_step(tx, ctx, run_id, step_id, outcome)


def watched_metrics(tx: Tx, ctx: Context, run_id: int, step_id: str) -> tuple[str, ...]:
    """What has to be read for a look; nothing if the step is not watched any more."""
    run = runs.load(tx.conn, run_id)
    step = watched(run)
    watch = state_of(run, step.id).watch if step and step.id == step_id else None
    return watch.metrics if watch else ()


def observed(tx: Tx, ctx: Context, run_id: int, step_id: str, figures: Mapping[str, Figure]) -> None:
    """What a look saw. It is shown where the run is shown; the thread hears of a change only."""
    run = _move(tx, ctx, run_id, lambda run: machine.observed(run, step_id, figures, tx.at))
    step = ready(run)
    if step is not None and asked_by_the_plan(state_of(run, step.id)):
        _lock_by_itself(tx, ctx, run, step.id)


def _lock_by_itself(tx: Tx, ctx: Context, run: Run, step_id: str) -> None:
    """What leaves without being asked for at this moment has to be held, too. It does not leave where another run has it."""
    try:
        _lock(tx, ctx, run, run.started_by)
    except UserError as held:
        reason = str(held)
        _move(tx, ctx, run.id, lambda run: sending.unsent(run, step_id, tx.at, reason))


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
    record(tx, ctx, Change(_log_of(tx, run), (machine.checked(run, step_id, actor, found),)))


def wake_due(tx: Tx, ctx: Context, limit: int = WOKEN_TOGETHER) -> int:
    """Waits that are over ask for what was seen; questions that ran out lose their buttons; what failed is tried again; what is
    watched is looked at. Says how many there were."""
    over = runs.waiting_over(tx.conn, tx.at, limit)
    for run_id in over:
        try:
            with tx.conn.begin_nested():
                _move(tx, ctx, run_id, lambda run: machine.wake(run, tx.at))
        except Exception:  # one run that cannot be read must not keep the others from being watched
            log.exception("run %s could not be woken", run_id)
            runs.put_off(tx.conn, run_id, tx.at + PUT_OFF)
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
        directory=ctx.config.bot.commands.directory if ctx.config.bot.commands else "",
        called=lambda notify: called(tx, ctx, notify),
    )


def effect_now(tx: Tx, ctx: Context, run: Run, step_id: str) -> Effect:
    """What the step would do. Raises `UserError` where a setting is missing or the command may not run."""
    step, setting = run.snapshot.step(step_id), setting_of(tx, ctx, run)
    if isinstance(step.spec, Rollout) and not _is_start(run, step):
        setting = replace(setting, percent=percent(step.spec, state_of(run, step_id).rollout))
    effect = effect_of(step, setting)
    if isinstance(effect, CommandCall) and (refused := refusal(effect.argv, ctx.config.bot.commands)):
        raise UserError(refused)
    return effect


def _effect_if_any(tx: Tx, ctx: Context, run: Run, step_id: str) -> Effect | None:
    """The same where it may be missing: what a step did, or will not do for want of a setting, is no reason to lose its state."""
    try:
        return effect_now(tx, ctx, run, step_id)
    except UserError:
        return None


def _move(tx: Tx, ctx: Context, run_id: int, move: Callable[[Run], Moved]) -> Run:
    old = runs.load(tx.conn, run_id)
    new, events = move(old)
    if new == old:
        return old
    runs.save(tx.conn, old, new)
    if new.state != "active":
        locks.release(tx.conn, new.id)
    record(tx, ctx, Change(_log_of(tx, new), events))
    deliveries.add(tx.conn, _called_for(old, new), tx.at)
    call_if_back(tx, ctx, old, new)
    return new


def _log_of(tx: Tx, run: Run) -> Incident:
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
    """A new question is posted once the present value was read; until then, and only then, it is being read."""
    if after is None or (before is not None and (before.id, before.look) == (after.id, after.look)):
        return []
    key = f"ask:{run.id}:{after.id}"
    if after.look != "waits":
        return [draw(key, run.incident)]
    payload = {"run": run.id, "step": after.step, "confirmation": after.id}
    return [Delivery(kind="look", lane="run", line=key, key=f"look:{after.id}", incident=run.incident, payload=payload)]
