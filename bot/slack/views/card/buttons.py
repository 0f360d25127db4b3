"""What can be pressed on the card in each state."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import ConfirmObject, InteractiveElement

from bot.incidents import Incident, State
from bot.slack.views.actions import (
    INCIDENT_ACK,
    INCIDENT_ESCALATE,
    INCIDENT_MORE,
    INCIDENT_REOPEN,
    INCIDENT_RESOLVE,
    INCIDENT_RUNBOOK,
    INCIDENT_TIMELINE,
    POSTMORTEM_DRAFT,
)
from bot.slack.views.kit import ask, button, overflow
from bot.slack.views.tokens import Ref

BUTTONS: dict[State, tuple[str, ...]] = {
    "triggered": (INCIDENT_ACK, INCIDENT_ESCALATE, INCIDENT_RUNBOOK, INCIDENT_RESOLVE, INCIDENT_MORE),
    "acknowledged": (INCIDENT_ESCALATE, INCIDENT_RUNBOOK, INCIDENT_RESOLVE, INCIDENT_MORE),
    "monitoring": (INCIDENT_ESCALATE, INCIDENT_RUNBOOK, INCIDENT_RESOLVE, INCIDENT_MORE),
    "resolved": (INCIDENT_REOPEN, INCIDENT_TIMELINE, POSTMORTEM_DRAFT),
}
"""What can be pressed in each state."""
AFTER_A_DRILL = (INCIDENT_TIMELINE,)
"""Instead, once practice is over."""

MENU: dict[State, tuple[str, ...]] = {
    "triggered": ("mitigate", "severity", "assign", "note", "timeline"),
    "acknowledged": ("mitigate", "severity", "assign", "note", "timeline"),
    "monitoring": ("reopen", "severity", "assign", "note", "timeline"),
    "resolved": (),
}
"""What stands under More."""

_LABELS = {
    INCIDENT_ACK: "Acknowledge",
    INCIDENT_ESCALATE: "Escalate",
    INCIDENT_RUNBOOK: "Runbook",
    INCIDENT_RESOLVE: "Resolve",
    INCIDENT_REOPEN: "Reopen",
    INCIDENT_TIMELINE: "Timeline",
    POSTMORTEM_DRAFT: "Postmortem",
    "mitigate": "Mitigated, keep watching",
    "reopen": "Reopen",
    "severity": "Change severity…",
    "assign": "Assign…",
    "note": "Add a note…",
    "timeline": "Show timeline",
}


def buttons(incident: Incident) -> Iterator[InteractiveElement]:
    ref = str(Ref.of(incident))
    for action in BUTTONS[incident.state] if incident.is_open or not incident.drill else AFTER_A_DRILL:
        if action == INCIDENT_MORE:
            options = [(_LABELS[verb], f"{verb} {ref}") for verb in MENU[incident.state]]
            yield overflow(action, options)
        else:
            yield button(
                _LABELS[action],
                action,
                ref,
                style="primary" if action == INCIDENT_ACK else None,
                confirm=_sure(action, incident),
            )


def _sure(action: str, incident: Incident) -> ConfirmObject | None:
    """What Slack asks before the click leaves."""
    if action != INCIDENT_RESOLVE:
        return None
    still = " Some of its alerts still fire." if incident.firing else ""
    return ask(
        f"Resolve #{incident.number}?",
        f"It is over: paging stops and the incident closes.{still} You can reopen it.",
        yes="Resolve",
    )
