"""When an alert of an incident that is there already calls somebody: it is graver, it fires again with nobody at it, or it
fires now in what a backup held back.

It refuses to know who is called and how (`bot.usecases.escalation` does), and calls nobody for what a silence covers.
"""

from __future__ import annotations

from bot.alerts import Judged
from bot.events import ALERT
from bot.holds import calls_once_released, is_held_back, released
from bot.incidents import Incident
from bot.incidents.grading import regrade
from bot.incidents.returning import reopen
from bot.store import incidents
from bot.usecases.batch.silencing import silence_of
from bot.usecases.batch.table import Table
from bot.usecases.escalation import climb
from bot.usecases.opening import limit
from oncall.values import replace


def call(table: Table, incident: Incident) -> None:
    """Somebody has to be called for it now, from what the database holds."""
    table.write_recorded()
    table.keep(climb(table.tx, table.ctx, table.known[incident.number]))


def call_anew(table: Table, judged: Judged, incident: Incident, why: str) -> None:
    """It is not over, and whoever is on call now has to hear of it."""
    call(table, graded(table, judged, table.record(reopen(incident, ALERT, table.tx.at, why))))


def raise_severity(table: Table, judged: Judged, incident: Incident) -> None:
    """Only a higher severity pages again; one that a person took back is not news."""
    if judged.severity >= incident.severity or not incident.is_open or silence_of(table, judged) is not None:
        return
    if graver(table, judged, incident):
        call(table, graded(table, judged, table.counted(incident.number)))


def graver(table: Table, judged: Judged, incident: Incident) -> bool:
    """Whether it is graver than the incident is, and than what a person took back before."""
    if judged.severity >= incident.severity:
        return False
    regrade = incidents.last_of_kinds(table.tx.conn, incident.number, ("severity_changed",))
    lowered_from = regrade.event.data["from"] if regrade and not regrade.event.data["raised"] else None
    return lowered_from is None or judged.severity < lowered_from


def graded(table: Table, judged: Judged, incident: Incident) -> Incident:
    """The incident as grave as this alert, with the ladder, the time to answer and the runbook of that."""
    if not graver(table, judged, incident):
        return incident
    runbook, threshold = table.ctx.runbook(incident.rule, incident.runbook), limit(judged, incident)
    incident = replace(incident, runbook=runbook, threshold=threshold)
    response = table.ctx.response(incident.rule, incident.runbook, judged.severity)
    ladder = table.ctx.ladder(judged.severity)
    why = f"a graver alert: {judged.alert.summary}"
    return table.record(regrade(incident, judged.severity, ladder, response, ALERT, table.tx.at, why))


def fires_now(table: Table, judged: Judged, incident: Incident) -> Incident:
    """What a backup that was put back holds is today's trouble once an alert of it fires: it calls at once."""
    if not is_held_back(incident):
        return incident
    due, calls = incident.held_until or table.tx.at, calls_once_released(incident, table.tx.at)
    why = f"it fires now: {judged.alert.summary}"
    incident = table.record(released(table.counted(incident.number), ALERT, table.tx.at, due, why))
    if calls:
        call(table, incident)
    return table.known[incident.number]
