"""A drill is called, people join it by a press, whoever called it starts it, and a person or the clock ends it.

Refuses to begin while somebody is needed in earnest, and to call anybody who has not joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.context import Context
from bot.drills import drill as moves
from bot.drills.drill import Drill
from bot.drills.scenario import NOTHING, Scenario
from bot.drills.score import Score, score
from bot.errors import UserError
from bot.events import Event, Recorded
from bot.holds import drill_paused, drill_resumed
from bot.incidents import Change, Incident, ending
from bot.runbooks import runs as machine
from bot.store import Tx, actions, deliveries, drills, incidents, runs, undo
from bot.store.deliveries import Delivery
from bot.usecases.drill_alerts import incident_of
from bot.usecases.record import record
from bot.usecases.run_moves import move_run
from oncall.simulate import Row, simulate
from oncall.values import dataclass, replace
from oncall.words import did_you_mean

LINKED_WITHIN = timedelta(seconds=5)
"""How long the card of its incident takes to be posted and linked, as a rule."""


def find_scenario(ctx: Context, name: str) -> Scenario:
    """By its id, else by a beginning that only one has. Raises `UserError`."""
    known, wanted = ctx.config.drills, name.strip().lower()
    matching = [known[wanted]] if wanted in known else [each for id_, each in known.items() if id_.startswith(wanted)]
    if wanted and len(matching) == 1:
        return matching[0]
    guess = did_you_mean(wanted, known) if wanted else ""
    raise UserError(f"There is no scenario “{name.strip()}”{guess or '.'} There are: {', '.join(sorted(known))}.")


def unplayable(ctx: Context, scenario: Scenario) -> str:
    """Why it cannot be played with this configuration; empty where it can."""
    return "" if ctx.rule(scenario.rule) else f"there is no rule {scenario.rule} in alerts.yml"


def call(tx: Tx, ctx: Context, actor: str, name: str) -> Drill:
    """Invite the team. Raises `UserError` while another drill is open."""
    scenario = find_scenario(ctx, name)
    if why := unplayable(ctx, scenario):
        raise UserError(f"“{scenario.title}” cannot be played here: {why}. Nobody was invited.")
    last = drills.newest(tx.conn)
    if last is not None and last.is_open:
        raise UserError(
            f"The drill “{last.scenario.title}” of {ctx.called(tx, last.called_by)} is not over. `/incident drill end` ends it."
        )
    drill = Drill(id=drills.next_id(tx.conn), scenario=scenario, called_by=actor, called_at=tx.at)
    drills.add(tx.conn, drill, moves.next_look(drill, tx.at, over_since=None))
    _show(tx, drill)
    return drill


def answer(tx: Tx, ctx: Context, drill_id: int, actor: str, *, joins: bool) -> Drill:
    """By whoever pressed it, for themselves alone. Raises `UserError` for whom no page could reach anyway."""
    if actor not in ctx.config.bot.people:
        raise UserError("Only people of bot.yml can take part: nobody else can be paged. Nothing changed.")
    drill = drills.load(tx.conn, drill_id)
    return save(tx, drill, moves.answered(drill, actor, joins=joins))


@dataclass(frozen=True, slots=True)
class Ahead:
    """What would happen if it were started now."""

    drill: Drill
    severity: str
    response: timedelta | None
    runbook: str
    """Its title; empty where there is none."""
    rows: tuple[Row, ...]
    """Who would be called when, if nobody answers."""
    left_out: tuple[str, ...]
    """People of bot.yml who are not called, by email."""


def ahead(tx: Tx, ctx: Context, drill_id: int, actor: str) -> Ahead:
    """Shown before it is started. Raises `UserError` where the presser may not start it."""
    drill = drills.load(tx.conn, drill_id)
    moves.started(drill, actor, moves.roll(drill), tx.at)
    _require_quiet(tx)
    return what_happens(tx, ctx, drill, tx.at)


def what_happens(tx: Tx, ctx: Context, drill: Drill, at: datetime) -> Ahead:
    incident = incident_of(ctx, drill, 0, at, drill.scenario.value)
    among, book = drill.joined, ctx.config.runbooks.get(incident.runbook or "")
    response = incident.respond_by - at if incident.respond_by else None
    found = simulate(
        incident.ladder,
        begins=at + drill.scenario.after,
        response=response,
        duty_at=lambda role, _at: ctx.duty(tx)(role),
        people=among,
        last_resort=[who for who in ctx.config.bot.last_resort if who in among],
        transports=ctx.transports,
        reach=ctx.reach_in(incident),
    )
    rows = [
        replace(row, person=who)
        for row in found
        for who in (among if row.person is None else (row.person,))
        if who in among
    ]
    left_out = tuple(email for email in ctx.config.bot.people if email not in among)
    return Ahead(drill, incident.severity, response, book.title if book else "", tuple(rows), left_out)


def _require_quiet(tx: Tx) -> None:
    if busy := drills.in_hand(tx.conn):
        numbers = ", ".join(f"#{number}" for number in busy[:5])
        raise UserError(f"{numbers} is open and not mitigated: practise when that is over. Nothing was done.")


def start(tx: Tx, ctx: Context, drill_id: int, actor: str, seen: str) -> Drill:
    """`seen`: who took part when the presser was shown what would happen. Raises `UserError`."""
    drill = drills.load(tx.conn, drill_id)
    running = moves.started(drill, actor, seen, tx.at)
    _require_quiet(tx)
    return save(tx, drill, running)


def pause(tx: Tx, ctx: Context, drill_id: int, actor: str, why: str) -> Drill:
    """Nobody is called by it and nothing more happens in it, until a person resumes or ends it."""
    drill = drills.load(tx.conn, drill_id)
    stopped = save(tx, drill, moves.paused(drill, tx.at, why))
    if (incident := open_incident(tx, stopped)) is not None:
        deliveries.cancel_pages(tx.conn, incident.number, tx.at, "the drill is paused")
        event = Event("drill", actor, f"Drill paused: {why}", {"became": "paused"})
        record(tx, ctx, Change(drill_paused(incident, tx.at), (event,)))
        for run in runs.active(tx.conn, incident.number):
            if not run.paused:
                move_run(tx, ctx, run.id, lambda run: machine.pause(run, actor, tx.at, f"the drill is paused: {why}"))
    return stopped


def resume(tx: Tx, ctx: Context, drill_id: int, actor: str) -> Drill:
    """It goes on where it was. Raises `UserError` while a real incident still calls."""
    drill = drills.load(tx.conn, drill_id)
    running = moves.resumed(drill, tx.at)
    _require_quiet(tx)
    paused_for = tx.at - drill.turned[-1]
    if (incident := open_incident(tx, drill)) is not None:
        event = Event("drill", actor, "Drill resumed", {"became": "running"})
        record(tx, ctx, Change(drill_resumed(incident, tx.at, paused_for), (event,)))
        for run in runs.active(tx.conn, incident.number):
            if run.paused:
                move_run(tx, ctx, run.id, lambda run: machine.resume(run, actor, tx.at))
    return save(tx, drill, running)


def end(tx: Tx, ctx: Context, drill_id: int, actor: str, why: str) -> Drill:
    """It is over, and so is its incident; what was changed in it, and what was noted to be done, is gone with it. What is noted
    afterwards is work, and reminds."""
    drill = drills.load(tx.conn, drill_id)
    over = save(tx, drill, moves.ended(drill, tx.at, why))
    if over.incident is not None:
        _close(tx, ctx, over.incident, actor, why)
    return over


def _close(tx: Tx, ctx: Context, number: int, actor: str, why: str) -> None:
    for run in runs.active(tx.conn, number):
        move_run(tx, ctx, run.id, lambda run: machine.abort(run, actor, tx.at, f"the drill is over: {why}"))
    undo.end(tx.conn, undo.open_of(tx.conn, number), "kept", tx.at, actor)
    incident = incidents.load(tx.conn, number)
    if incident.is_open:
        over = ending.resolve(incident, actor, tx.at, f"the drill is over ({why})")
        events = tuple(replace(each, data={**each.data, "drill": True}) for each in over.events)
        incident = record(tx, ctx, replace(over, events=events))
    noted = actions.drop_open(tx.conn, number, actor, tx.at)
    practice = f". Its {'action item ends' if noted == 1 else f'{noted} action items end'} with it" if noted else ""
    event = Event("drill", actor, f"Drill over: {why}{practice}", {"became": "ended"})
    record(tx, ctx, Change(incident, (event,)))


def the_open(tx: Tx) -> Drill:
    """The one that is not over. Raises `UserError` where there is none."""
    drill = drills.newest(tx.conn)
    if drill is None or not drill.is_open:
        raise UserError("No drill is open. `/incident drill` lists what can be played.")
    return drill


def keep_world(tx: Tx, ctx: Context, seen: Drill, world: Mapping[str, Any]) -> bool:
    """Somebody has changed something in its OpenVine. False if somebody else has done so since: theirs is not overwritten."""
    drill = drills.load(tx.conn, seen.id)
    if drill.world != seen.world:
        return False
    save(tx, drill, replace(drill, world=world))
    return True


# What stands


def open_incident(tx: Tx, drill: Drill) -> Incident | None:
    """The one that it has opened, while that is not over."""
    incident = incidents.find(tx.conn, drill.incident) if drill.incident is not None else None
    return incident if incident is not None and incident.is_open else None


def over_since(tx: Tx, drill: Drill) -> datetime | None:
    """Since when its incident is over; `None` while it is open, and before there is one."""
    incident = incidents.find(tx.conn, drill.incident) if drill.incident is not None else None
    return incident.resolved_at if incident is not None and not incident.is_open else None


def save(tx: Tx, old: Drill, new: Drill) -> Drill:
    """Keep it, with when the clock comes back to it; whoever was invited sees what has changed."""
    drills.save(tx.conn, old, new, moves.next_look(new, tx.at, over_since=over_since(tx, new)))
    if new.state != old.state or new.answers != old.answers:
        _show(tx, new)
    elif new.incident != old.incident:
        _show(tx, new, later=LINKED_WITHIN)
    return replace(new, version=old.version + 1)


def _show(tx: Tx, drill: Drill, later: timedelta = NOTHING) -> None:
    """Its invitation is posted, or brought up to date."""
    key = f"drill:{drill.id}"
    shown = Delivery(kind="drill", lane="talk", line=key, key=key, payload={"drill": drill.id}, due_at=tx.at + later)
    deliveries.add(tx.conn, [shown], tx.at)


def score_of(tx: Tx, ctx: Context, drill: Drill) -> Score:
    """What it was worth so far, from the log."""
    incident = incidents.find(tx.conn, drill.incident) if drill.incident is not None else None
    story: Sequence[Recorded] = incidents.story(tx.conn, incident.number) if incident is not None else ()
    procedure = ctx.config.runbooks.get(incident.runbook or "") if incident is not None else None
    return score(drill, incident, story, procedure, tx.at, lambda who: ctx.called(tx, who))
