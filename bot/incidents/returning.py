"""It is not over after all: it is reopened, heard of again, fires again, or its holder lets go of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.errors import UserError
from bot.events import Event
from bot.incidents.incident import Change, Incident
from bot.incidents.moves import require_move
from bot.incidents.waiting import at_rest, calling_anew
from oncall.values import replace


def heard_again(incident: Incident, actor: str, why: str) -> Change:
    """An incident that somebody had in hand was closed by silence and is back soon: it is theirs as before, nobody is called."""
    require_move(incident, "reopen")
    new = replace(
        at_rest(incident),
        state="acknowledged",
        acknowledged_at=incident.acknowledged_at or incident.mitigated_at,
        mitigated_at=None,
        resolved_at=None,
        resolved_by_alert=False,
    )
    return Change(new, (Event("reopened", actor, f"Heard of again: {why}", {"why": why, "from": "expired"}),))


def reopen(incident: Incident, actor: str, at: datetime, why: str) -> Change:
    """It is not over. The response clock and the ladder start anew; what happened before stays in the log."""
    require_move(incident, "reopen")
    if incident.drill:
        raise UserError("A drill that is over is not reopened: `/incident drill` plays another. Nothing changed.")
    response = incident.respond_by - incident.respond_from if incident.respond_by else None
    new = replace(
        calling_anew(incident, at),
        acknowledged_at=None,
        resolved_at=None,
        resolved_by_alert=False,
        commander=None,
        respond_from=at,
        respond_by=at + response if response else None,
    )
    return Change(new, (Event("reopened", actor, f"Reopened: {why}", {"why": why}),))


def refired(incident: Incident, actor: str, text: str) -> Change:
    """An alert of a mitigated incident fires again: whoever holds it has work again. It stays answered since it was."""
    new = replace(
        at_rest(incident),
        state="acknowledged",
        acknowledged_at=incident.responded_at,
        mitigated_at=None,
    )
    return Change(new, (Event("reopened", actor, text, {"from": "monitoring"}),))


def calls_again(incident: Incident, actor: str, at: datetime, text: str, data: dict[str, Any]) -> Change:
    """Nobody has it any more: the ladder begins anew. It stays answered since it was."""
    event = Event("unacknowledged", actor, text, {"from": incident.state, **data})
    return Change(calling_anew(incident, at), (event,))
