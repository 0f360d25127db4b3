"""The alert of a drill: it opens the incident, its figure follows the practice OpenVine, and it clears when that is well again.

It never passes the intake: no real alert joins it, and it joins none.
"""

from __future__ import annotations

from datetime import datetime

from bot.alerts import Alert, judge
from bot.context import Context
from bot.drills.drill import GOOD_FOR, Drill
from bot.drills.figure import holds, written
from bot.events import ALERT, Event
from bot.incidents import Change, Incident, grading, opening
from bot.incidents.ending import cleared, cleared_but_changed
from bot.store import Tx, incidents
from bot.usecases.escalation import climb
from bot.usecases.notifying import tell_holder
from bot.usecases.opening import limit, new_incident, why
from bot.usecases.record import record, record_new
from bot.usecases.undo import spoken, still_changed
from oncall.policy import rehearsed
from oncall.values import replace

SOURCE = "drill"


def opened(tx: Tx, ctx: Context, drill: Drill, value: float | None) -> Drill:
    """It fires, and whoever takes part is called as the ladder says."""
    number, said = incidents.next_number(tx.conn), value_of(ctx, drill, value)
    incident = incident_of(ctx, drill, number, tx.at, said)
    alert = alert_of(drill, said, ctx)
    change = opening.opened(incident, ALERT, why(judge(alert, ctx.config.catalogue())), description=alert.description)
    who = ", ".join(map(ctx.name, drill.joined))
    text = f"Drill “{drill.scenario.title}”, called by {ctx.called(tx, drill.called_by)}. Taking part: {who}"
    begun = Event(
        "drill", drill.called_by, text, {"became": "running", "drill": drill.id, "people": list(drill.joined)}
    )
    climb(tx, ctx, record_new(tx, ctx, replace(change, events=(*change.events, begun))))
    return replace(drill, incident=number)


def value_of(ctx: Context, drill: Drill, value: float | None) -> str:
    rule = ctx.rule(drill.scenario.rule)
    return written(rule, value) if rule is not None and value is not None else drill.scenario.value


def follow(tx: Tx, ctx: Context, drill: Drill, incident: Incident, value: float | None) -> Drill:
    """What the figures are now: graver, the same, or good for long enough."""
    rule = ctx.rule(drill.scenario.rule)
    still = holds(rule, value) if rule is not None else None
    if still is None or value is None or incident.firing <= 0:
        return drill
    if not still:
        good_since = drill.good_since or tx.at
        if tx.at - good_since >= GOOD_FOR:
            _clear(tx, ctx, incident)
        return replace(drill, good_since=good_since)
    said = value_of(ctx, drill, value)
    if said != incident.value:
        _grade(tx, ctx, drill, replace(incident, value=said, value_at=tx.at), said)
    return replace(drill, good_since=None)


def _grade(tx: Tx, ctx: Context, drill: Drill, incident: Incident, said: str) -> None:
    judged = judge(alert_of(drill, said, ctx), ctx.config.catalogue())
    if judged.severity >= incident.severity:
        record(tx, ctx, Change(incident, ()))
        return
    incident = replace(incident, threshold=limit(judged, incident))
    ladder = ctx.ladder_of(incident, judged.severity)
    response = ctx.response(incident.rule, incident.runbook, judged.severity)
    text = f"a graver alert: {judged.alert.summary} {said}"
    holder = incident.commander
    incident = record(tx, ctx, grading.regrade(incident, judged.severity, ladder, response, ALERT, tx.at, text))
    if holder is not None:
        tell_holder(tx, ctx, incident, f"raised to {judged.severity}: it calls again until somebody acknowledges it")
    climb(tx, ctx, incident)


def _clear(tx: Tx, ctx: Context, incident: Incident) -> None:
    """Its one alert has cleared: over, unless what was changed still stands."""
    over = Event("alert_resolved", ALERT, f"Cleared: {incident.title}", {})
    incident = record(tx, ctx, Change(replace(incident, firing=0), (over,)))
    if standing := still_changed(tx, incident.number):
        if incident.state != "monitoring":
            record(tx, ctx, cleared_but_changed(incident, ALERT, tx.at, "every alert has cleared", spoken(standing)))
    else:
        record(tx, ctx, cleared(incident, tx.at, (), others_cleared=True))


def incident_of(ctx: Context, drill: Drill, number: int, at: datetime, value: str) -> Incident:
    """What its alert opens: as grave as in earnest, with the same procedure and time, along those who take part."""
    judged = judge(alert_of(drill, value, ctx), ctx.config.catalogue())
    made = new_incident(ctx, judged, number, at)
    return replace(made, join_key=f"drill:{drill.id}", drill=True, ladder=rehearsed(made.ladder, drill.joined))


def alert_of(drill: Drill, value: str, ctx: Context) -> Alert:
    rule = ctx.rule(drill.scenario.rule)
    title = rule.title if rule is not None and rule.title else drill.scenario.title
    return Alert(
        source=SOURCE,
        key=f"drill:{drill.id}",
        status="firing",
        summary=title,
        rule=drill.scenario.rule,
        value=value or None,
        description=drill.scenario.story,
    )
