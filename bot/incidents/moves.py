"""From which states each move may be made, and what is said to whoever tries another."""

from __future__ import annotations

from typing import Literal

from bot.errors import UserError
from bot.incidents.incident import OPEN_STATES, Incident, State
from bot.incidents.names import name_of

Move = Literal["acknowledge", "hold", "snooze", "mitigate", "resolve", "reopen", "assign", "severity", "escalate"]

MOVES: dict[Move, tuple[State, ...]] = {
    "acknowledge": ("triggered",),
    "hold": ("acknowledged",),
    "snooze": ("triggered", "acknowledged"),
    "mitigate": ("triggered", "acknowledged"),
    "resolve": OPEN_STATES,
    "reopen": ("monitoring", "resolved"),
    "assign": OPEN_STATES,
    "severity": OPEN_STATES,
    "escalate": OPEN_STATES,
}
"""From which states each move may be made. What is not here cannot happen."""


def require_move(incident: Incident, move: Move) -> None:
    """Raises `UserError` where the table has no such move from this state."""
    name = name_of(incident.number)
    if incident.number < 0:
        raise UserError(
            f"{name} is a runbook without an incident: it cannot be {_PAST[move]}. `/runbook next {name}` shows it."
        )
    if incident.state in MOVES[move]:
        return
    stands = _STANDS[incident.state] + (
        f" by {incident.commander}" if incident.commander and incident.state != "triggered" else ""
    )
    if move == "acknowledge":
        raise UserError(
            f"{name} is already {stands}. Nothing changed."
            if incident.is_open
            else f"{name} is resolved: there is nothing to acknowledge. `/incident reopen {incident.number}` brings it back."
        )
    if incident.state == "resolved":
        raise UserError(f"{name} is resolved. `/incident reopen {incident.number}` brings it back first.")
    raise UserError(f"{name} is {stands}: it cannot be {_PAST[move]} now.")


_STANDS: dict[State, str] = {
    "triggered": "open and unanswered",
    "acknowledged": "acknowledged and led",
    "monitoring": "mitigated and watched",
    "resolved": "resolved",
}
_PAST: dict[Move, str] = {
    "acknowledge": "acknowledged",
    "hold": "put under a clock",
    "snooze": "snoozed",
    "mitigate": "mitigated",
    "resolve": "resolved",
    "reopen": "reopened",
    "assign": "assigned",
    "severity": "regraded",
    "escalate": "escalated",
}
