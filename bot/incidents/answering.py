"""Somebody works on it: it is acknowledged, assigned, mitigated or noted on."""

from __future__ import annotations

from datetime import datetime

from bot.errors import UserError
from bot.events import Event
from bot.incidents.incident import Change, Incident
from bot.incidents.moves import require_move
from bot.incidents.waiting import at_rest
from oncall.values import replace


def acknowledge(incident: Incident, actor: str, at: datetime, note: str = "") -> Change:
    """Somebody has it. Paging ends in this very change: the incident has no next rung any more.

    It has no clock either: one that is to end by itself is `bot.holds.held` besides.
    """
    require_move(incident, "acknowledge")
    new = replace(
        at_rest(incident),
        state="acknowledged",
        acknowledged_at=incident.acknowledged_at or at,
        commander=actor,
    )
    late = (
        incident.respond_by is not None
        and new.acknowledged_at is not None
        and new.acknowledged_at > incident.respond_by
    )
    text = "Acknowledged" + (f": {note}" if note else "") + (" (after the response time)" if late else "")
    return Change(new, (Event("acknowledged", actor, text, {"note": note} if note else {}),))


def mitigate(incident: Incident, actor: str, at: datetime, note: str = "") -> Change:
    """The bleeding has stopped; it is being watched. Ends escalation."""
    require_move(incident, "mitigate")
    new = replace(
        at_rest(incident),
        state="monitoring",
        mitigated_at=at,
        commander=incident.commander or actor,
    )
    return Change(new, (Event("mitigated", actor, "Mitigated, now watching" + (f": {note}" if note else "")),))


def assign(incident: Incident, actor: str, person: str, name: str) -> Change:
    """Somebody gets the lead of what nobody has in hand, or it passes from one to the other. `name` is how that person is called.

    A clock that the one before has set goes on: at its end the new one is asked.
    """
    require_move(incident, "assign")
    if incident.commander == person:
        raise UserError(f"#{incident.number} is already led by {name}. Nothing changed.")
    new, data = replace(incident, commander=person), {"person": person, "from": incident.commander}
    if incident.commander is None or incident.state == "triggered":
        return Change(new, (Event("assigned", actor, f"Commander: {name}", data),))
    text = f"Taken over by {name}" if actor == person else f"Handed over to {name}"
    if actor != incident.commander:
        data["calls"] = incident.commander  # who has to know that it is no longer theirs
    return Change(new, (Event("handed_over", actor, text, data),))


def noted(incident: Incident, actor: str, text: str) -> Change:
    """A remark for the timeline. Allowed in every state: memory may come late."""
    if not text.strip():
        raise UserError("A note needs some text: `/incident note [N] what you saw`.")
    return Change(incident, (Event("note", actor, text.strip()),))
