"""When an alert of an existing incident pages somebody.

It does so if it is graver than the incident, if it fires again and nobody has the incident, or if the incident was held back
because a backup was restored. Whom to page, and how, `bot.usecases.escalation` knows. What a silence covers pages nobody.
"""

from __future__ import annotations

from bot.alerts import Judged
from bot.events import ALERT
from bot.holds import calls_once_released, is_held_back, released
from bot.incidents import Incident
from bot.incidents.grading import regrade
from bot.incidents.returning import reopen
from bot.store import incidents
from bot.usecases.batch.silencing import hold, silence_of
from bot.usecases.batch.working_set import WorkingSet
from bot.usecases.escalation import climb
from bot.usecases.opening import limit
from oncall.values import replace


def call(work: WorkingSet, incident: Incident) -> None:
    """Page for it now. The ladder reads the database, so what was recorded is written first."""
    work.write_recorded()
    work.keep(climb(work.tx, work.ctx, work.known[incident.number]))


def call_anew(work: WorkingSet, judged: Judged, incident: Incident, why: str) -> None:
    """Reopen it and page whoever is on call now."""
    call(work, graded(work, judged, work.record(reopen(incident, ALERT, work.tx.at, why))))


def raise_severity(work: WorkingSet, judged: Judged, incident: Incident) -> None:
    """Page again if this alert is graver than its incident, unless a person has lowered the severity from that before.

    In a silence it is held, and taken again at its end.
    """
    if not incident.is_open or not graver(work, judged, incident):
        return
    if (silence := silence_of(work, judged)) is not None:
        hold(work, judged, None, silence)
    else:
        call(work, graded(work, judged, work.counted(incident.number)))


def graver(work: WorkingSet, judged: Judged, incident: Incident) -> bool:
    """Whether it is graver than the incident is, and than what a person took back before."""
    if judged.severity >= incident.severity:
        return False
    regrade = incidents.last_of_kinds(work.tx.conn, incident.number, ("severity_changed",))
    lowered_from = regrade.event.data["from"] if regrade and not regrade.event.data["raised"] else None
    return lowered_from is None or judged.severity < lowered_from


def graded(work: WorkingSet, judged: Judged, incident: Incident) -> Incident:
    """Raise the incident to this alert's severity, with the ladder, response time and runbook that go with it."""
    if not graver(work, judged, incident):
        return incident
    runbook, threshold = work.ctx.runbook(incident.rule, incident.runbook), limit(judged, incident)
    incident = replace(incident, runbook=runbook, threshold=threshold)
    response = work.ctx.response(incident.rule, incident.runbook, judged.severity)
    ladder = work.ctx.ladder(judged.severity)
    why = f"a graver alert: {judged.alert.summary}"
    return work.record(regrade(incident, judged.severity, ladder, response, ALERT, work.tx.at, why))


def fires_now(work: WorkingSet, judged: Judged, incident: Incident) -> Incident:
    """An incident held back by a restored backup is today's problem once an alert of it fires: release it, and page."""
    if not is_held_back(incident):
        return incident
    due, calls = incident.held_until or work.tx.at, calls_once_released(incident, work.tx.at)
    why = f"it fires now: {judged.alert.summary}"
    incident = work.record(released(work.counted(incident.number), ALERT, work.tx.at, due, why))
    if calls:
        call(work, incident)
    return work.known[incident.number]
