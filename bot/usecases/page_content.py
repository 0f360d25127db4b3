"""The content of a page, made from its delivery and the incident as it is now: when it leaves, and when its message is redrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.context import Context
from bot.events import Kind
from bot.headline import headline
from bot.incidents import Incident
from bot.store import Tx, incidents
from bot.timeline.header import alerts_in
from oncall.page import DESCRIPTION, Page


def page_as_it_is(
    tx: Tx, ctx: Context, incident: Incident, key: str, payload: Mapping[str, Any], description: str | None = None
) -> Page:
    """The page of a delivery, still without an address. `description`: what its alert says at length, if that is known already."""
    if description is None:
        description = description_of(tx, incident.number)
    answered_before = incident.state == "triggered" and incident.responded_at is not None
    promised = None if answered_before else incident.respond_by
    missed = incident.state == "triggered" and promised is not None and tx.at > promised
    return Page(
        key=key,
        incident=incident.number,
        service=incident.service,
        title=incident.title,
        severity=incident.severity,
        state=incident.state,
        level=payload["level"],
        role=payload["role"],
        person=payload["person"],
        text=payload["why"],
        opened_at=incident.opened_at,
        respond_by=promised,
        details=details_of(ctx, incident, description),
        links=incident.links,
        alerts=incident.alerts,
        headline=headline(incident, tx.at),
        together=tuple(payload.get("people", ())),
        stage=payload.get("stage", ""),
        waiting=tx.at - incident.alone_since if incident.state == "triggered" else None,
        unanswered=tx.at - incident.respond_from if missed else None,
        raised=_raised(tx, incident),
    )


def description_of(tx: Tx, number: int) -> str:
    """What the alert that opened an incident says at length."""
    return descriptions_of(tx, [number])[number]


def descriptions_of(tx: Tx, numbers: Sequence[int]) -> dict[int, str]:
    """The same of several."""
    openings = {opened.incident: opened.event.data for opened in incidents.openings(tx.conn, numbers)}
    return {number: str(openings.get(number, {}).get("description", "")) for number in numbers}


def _raised(tx: Tx, incident: Incident) -> str:
    """Why it calls anew, if that is no reopening: a raise, the end of a clock or of a snooze. Only then the log is looked at."""
    if incident.reopened == 0:
        return ""
    kinds: tuple[Kind, ...] = (
        "severity_changed",
        "reopened",
        "unacknowledged",
        "snooze_ended",
        "released",
        "unsilenced",
        "uninhibited",
    )
    last = incidents.last_of_kinds(tx.conn, incident.number, kinds)
    if last is None or last.event.kind == "reopened":
        return ""
    return last.event.text if last.event.data.get("raised", True) else ""


def details_of(ctx: Context, incident: Incident, description: str = "") -> dict[str, str]:
    """What is worth carrying where there is no card to look at: the numbers, and the runbook's steps as text."""
    details = {"rule": incident.rule or "", "value": incident.value, "threshold": incident.threshold}
    if incident.alerts > 1:
        details["alerts"] = alerts_in(incident)
    else:  # those of the first alert say little about several
        details |= dict(list(incident.labels.items())[:20])
    details[DESCRIPTION] = description
    procedure = ctx.config.runbooks.get(incident.runbook or "")
    if procedure is not None:
        details["procedure"] = ctx.on_paper(procedure, drill=incident.drill)
    if incident.runbook_url:
        details["runbook"] = incident.runbook_url
    return {name: value for name, value in details.items() if value}
