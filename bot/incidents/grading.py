"""Changes its severity. A higher one starts the paging anew; a lower one does not make a late answer timely."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.alerts import SEVERITIES, Severity
from bot.errors import UserError
from bot.events import Event
from bot.incidents.incident import Change, Incident
from bot.incidents.moves import require_move
from bot.incidents.waiting import calling_anew, waiting
from oncall.policy import Ladder
from oncall.values import replace


def regrade(
    incident: Incident,
    severity: Severity,
    ladder: Ladder,
    response: timedelta | None,
    actor: str,
    at: datetime,
    why: str,
) -> Change:
    """Another severity. A higher one climbs its own ladder from the start; a lower one never makes a late answer timely."""
    require_move(incident, "severity")
    if severity == incident.severity:
        raise UserError(f"#{incident.number} is {severity} already. Nothing changed.")
    raised = severity < incident.severity
    respond_by = incident.respond_from + response if response else None
    missed = incident.respond_by is not None and incident.responded_at is None and at > incident.respond_by
    answered_late = incident.response_met(at) is False
    if not raised and (missed or answered_late):
        respond_by = incident.respond_by
    new = replace(incident, severity=severity, respond_by=respond_by, ladder=ladder, ladder_from=at, rung=0)
    if raised:
        new = calling_anew(new, at)
    elif incident.state == "triggered":
        new = replace(new, ladder_from=incident.alone_since, next_at=at)
        new = waiting(replace(new, rung=sum(rung.at <= at for rung in new.rungs())), at)
    text = f"{incident.severity} → {severity}: {why}"
    data = {"from": incident.severity, "to": severity, "raised": raised}
    return Change(new, (Event("severity_changed", actor, text, data),))


def severity_from(word: str) -> Severity:
    """`p1` as a person types it. Raises `UserError`."""
    for severity in SEVERITIES:
        if word.strip().upper() == severity:
            return severity
    raise UserError(f"“{word}” is not a severity. It is one of P0, P1, P2.")
