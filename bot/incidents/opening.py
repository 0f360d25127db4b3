"""How an incident begins, and how the log of a run without one does."""

from __future__ import annotations

from datetime import datetime

from bot.events import Event
from bot.incidents.incident import Change, Incident
from bot.incidents.names import own_log
from oncall.policy import Ladder
from oncall.values import replace


def opened(incident: Incident, actor: str, why: str, said: str = "", description: str = "") -> Change:
    """A new incident. Its first rung is climbed in the same transaction by the ladder (`bot.usecases.escalation`).

    `said` is what the alert itself says, where the title is the rule's; `description` what it says at length.
    """
    said = f": {said}" if said and said != incident.title else ""
    data = {"severity": incident.severity, "rule": incident.rule, "value": incident.value, "why": why}
    if description:
        data["description"] = description
    return Change(incident, (Event("opened", actor, f"{incident.severity} {incident.title}{said}", data),))


def of_procedure(run: int, service: str, title: str, actor: str, ladder: Ladder, at: datetime) -> Incident:
    """What the log of a run without an incident belongs to: it calls nobody, and is over when the run is."""
    return Incident(
        number=own_log(run),
        service=service,
        join_key=f"run:{run}",
        title=title[:300],
        severity="P2",
        state="acknowledged",
        opened_at=at,
        acknowledged_at=at,
        commander=actor,
        respond_from=at,
        ladder=ladder,
        ladder_from=at,
    )


def procedure_over(incident: Incident, at: datetime) -> Incident:
    """The run has ended, and with it what its log belongs to."""
    return replace(incident, state="resolved", resolved_at=at)
