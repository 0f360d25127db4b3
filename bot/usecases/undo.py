"""What has been changed and how it is taken back: written down with the outcome of a step, offered until it is over.

A way back is a little run of its own: asked for, confirmed and sent like every change, and never kept waiting by anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.events import BOT, Event
from bot.incidents import Change, Incident, name_of
from bot.incidents.ending import cleared
from bot.runbooks import runs as machine
from bot.runbooks.effects import Effect
from bot.runbooks.parts.parameters import filled_body
from bot.runbooks.request import Outcome, Request
from bot.runbooks.run import Run, state_of
from bot.runbooks.stages import shown_before
from bot.runbooks.undo import Entry, change_made, merged, runbook_of, takes_back, value_words
from bot.store import Tx, alerts, deliveries, incidents, runs, undo
from bot.store.posts import run_key
from bot.subscribers.card import draw
from bot.usecases.notifying import tell_holder
from bot.usecases.record import record
from bot.usecases.truncated_groups import left_out

FIRST_REMINDER, REMINDERS = timedelta(minutes=30), timedelta(days=1)
"""After the last alert has cleared with changes standing: when its commander is told first, and then how often."""


def note_change(tx: Tx, ctx: Context, run: Run, step_id: str, effect: Effect, outcome: Outcome) -> None:
    """A step has changed something, or perhaps has: it stands in the ledger until it is taken back."""
    if not isinstance(effect, Request) or effect.read_only or (outcome.certain and not outcome.ok):
        return
    who = state_of(run, step_id).who or run.started_by
    taken_back = next((each for each in still_changed(tx, run.incident) if takes_back(run.snapshot, each)), None)
    if taken_back is not None and outcome.ok:
        _over(tx, ctx, taken_back, who)
    elif (made := _made(run, step_id, effect, certain=outcome.certain)) is not None:
        _enter(tx, ctx, run, step_id, made, who)


def _made(run: Run, step_id: str, effect: Request, *, certain: bool) -> Mapping[str, Any] | None:
    step = run.snapshot.step(step_id)
    before = shown_before(step, state_of(run, step_id))
    files = {str(raw["id"]): raw for raw in run.snapshot.data["steps"]}
    fill = partial(filled_body, parameters=run.snapshot.parameters, values=run.values)
    return change_made(step, effect, files, before, certain=certain, fill=fill)


def _enter(tx: Tx, ctx: Context, run: Run, step_id: str, made: Mapping[str, Any], who: str) -> None:
    made = {**made, "target": target_in(tx, run.incident, made["target"])}
    standing = undo.standing(tx.conn, run.incident, made["target"])
    if standing is not None:
        _changed_again(tx, ctx, merged(standing, made), who)
        return
    entry = Entry(
        id=undo.next_id(tx.conn), log=run.incident, run=run.id, step=step_id, made_at=tx.at, made_by=who, **made
    )
    if entry.certain and entry.known and entry.before == entry.after:
        return
    undo.add(tx.conn, entry)
    if entry.log > 0 and not incidents.load(tx.conn, entry.log).is_open:
        remind_later(tx, entry.log)  # it was closed while the step was under way: nothing else would tell of it


def target_in(tx: Tx, log: int, target: str) -> str:
    """What is changed in a drill is another thing than what is changed in earnest, whatever it is called."""
    return f"drill {log} {target}" if incidents.is_drill(tx.conn, log) else target


def _changed_again(tx: Tx, ctx: Context, entry: Entry, who: str) -> None:
    undo.save(tx.conn, entry, tx.at, who)
    if entry.state == "undone":
        _say_undone(tx, ctx, entry, who)


def _over(tx: Tx, ctx: Context, entry: Entry, who: str) -> None:
    """Its way back was gone, whether or not anybody knows what was there before."""
    undo.end(tx.conn, [entry], "undone", tx.at, who)
    _say_undone(tx, ctx, entry, who)


def _say_undone(tx: Tx, ctx: Context, entry: Entry, who: str) -> None:
    again = f" is {value_words(entry.before, entry.unit)} again, as before" if entry.known else ": taken back"
    _tell(tx, ctx, entry.log, who, f"{entry.label}{again}", {"undo": entry.id})


def end_if_over(tx: Tx, ctx: Context, log: int) -> None:
    """The last change is taken back and none of its alerts fires: it is over, as it would have been without that change."""
    incident = incidents.load(tx.conn, log)
    waits_for_nothing_else = incident.state == "monitoring" and incident.alerts > 0 and incident.firing <= 0
    if not waits_for_nothing_else or still_changed(tx, log) or left_out(tx, log):
        return
    unheard = alerts.unheard(tx.conn, log).values()
    record(tx, ctx, cleared(incident, tx.at, unheard, others_cleared=len(unheard) < incident.alerts))


def take_back(tx: Tx, ctx: Context, entry_id: int, actor: str) -> Run:
    """Begin the way back: its question is asked at once."""
    entry = undo.load(tx.conn, entry_id)
    if entry.state != "open":
        raise UserError(f"“{entry.label}” does not stand changed any more. Nothing was done.")
    if entry.back is None:
        raise UserError(
            f"I do not know what {entry.label} was before, so I cannot set it back. Do it by hand, and note it with "
            f"`/incident note {name_of(entry.log).lstrip('#')} …`."
        )
    procedure = runbook_of(entry)
    active = next((run for run in runs.active(tx.conn, entry.log) if run.runbook == procedure.id), None)
    if active is not None:
        return active
    run, events = machine.start(procedure, runs.next_id(tx.conn), entry.log, actor, tx.at)
    runs.add(tx.conn, run)
    record(tx, ctx, Change(incidents.load(tx.conn, entry.log), events))
    deliveries.add(tx.conn, [draw(run_key(run.id, entry.log), entry.log)], tx.at)
    return run


def still_changed(tx: Tx, log: int) -> list[Entry]:
    """What has been changed in this log and not taken back."""
    return undo.open_of(tx.conn, log)


def spoken(entries: Sequence[Entry]) -> str:
    """`emergency_mode off → on, rollout 25 → 0 %`."""
    return ", ".join(entry.spoken for entry in entries)


def keep(tx: Tx, incident: int, actor: str, reason: str) -> str:
    """Somebody ends the incident although changes stand: says which, for the timeline. Raises `UserError` without a reason."""
    entries = still_changed(tx, incident)
    if not entries:
        return ""
    if not reason.strip():
        raise UserError(
            f"Still changed: {spoken(entries)}. Take it back first (Take back… on the card), or say why it stays: "
            f"`/incident resolve {incident} WHY`. Nothing was resolved."
        )
    undo.end(tx.conn, entries, "kept", tx.at, actor)
    return f"Stays changed: {spoken(entries)}"


def remind_later(tx: Tx, incident: int) -> None:
    """No alert fires any more, and something still stands changed."""
    undo.remind(tx.conn, incident, tx.at + FIRST_REMINDER)


def remind_due(tx: Tx, ctx: Context) -> int:
    """Tell who leads an incident what still stands changed there. Says how many incidents there were."""
    due = undo.to_remind(tx.conn, tx.at)
    for log in due:
        incident = incidents.load(tx.conn, log)
        fires = incident.is_open and incident.firing > 0
        undo.remind(tx.conn, log, None if fires else tx.at + REMINDERS)
        if not fires:  # else the clock begins anew when they have cleared
            _remind(tx, ctx, incident, spoken(still_changed(tx, log)))
    return len(due)


def _remind(tx: Tx, ctx: Context, incident: Incident, still: str) -> None:
    case, way = (
        ("its alerts have cleared", "resolve") if incident.is_open else ("it is closed", "reopen and resolve it")
    )
    _tell(tx, ctx, incident.number, BOT, f"Still changed: {still}", {})
    words = f"{case}, and still changed is {still}: take it back, or {way} with a reason"
    tell_holder(tx, ctx, incidents.load(tx.conn, incident.number), words)


def _tell(tx: Tx, ctx: Context, log: int, actor: str, text: str, data: dict[str, object]) -> None:
    record(tx, ctx, Change(incidents.load(tx.conn, log), (Event("undone", actor, text, data),)))
