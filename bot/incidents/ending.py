"""It is over, or seems to be: a person says so, its alerts have cleared, or nothing is heard of them any more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.events import ALERT, BOT, Event
from bot.incidents.incident import Change, Incident
from bot.incidents.moves import require_move
from bot.incidents.waiting import at_rest
from oncall.values import replace


def resolve(incident: Incident, actor: str, at: datetime, note: str = "", *, by_alert: bool = False) -> Change:
    """It is over, said by a person or by the last of its alerts."""
    require_move(incident, "resolve")
    new = replace(
        at_rest(incident),
        state="resolved",
        resolved_at=at,
        resolved_by_alert=by_alert,
    )
    text = "Resolved: every alert has cleared" if by_alert else "Resolved" + (f": {note}" if note else "")
    return Change(new, (Event("resolved", actor, text, {"by_alert": by_alert}),))


def cleared(incident: Incident, at: datetime, unheard: Collection[datetime], *, others_cleared: bool) -> Change:
    """None of its alerts fires any more: by their word, or as far as anybody knows. `unheard`: when those of which nobody said so
    were last heard of."""
    if unheard:
        return expire(incident, at, max(unheard), others_cleared=others_cleared)
    return resolve(incident, ALERT, at, by_alert=True)


def expire(incident: Incident, at: datetime, since: datetime, *, others_cleared: bool) -> Change:
    """Alerts of it have not been heard of since then, and nobody said that they are over: closed, and called just that.

    `others_cleared`: what could be heard has cleared.
    """
    require_move(incident, "resolve")
    new = replace(
        at_rest(incident),
        state="resolved",
        resolved_at=at,
        resolved_by_alert=True,
    )
    others = "the others have cleared, one was " if others_cleared else ""
    text = f"Closed: {others}{unheard_since(since)}. Nobody said that it is over"
    data = {"ends": True, "since": since.isoformat(), "from": incident.state}
    return Change(new, (Event("expired", BOT, text, data),))


def unheard_since(since: datetime) -> str:
    return f"not heard of since {since:%H:%M} UTC"


def cleared_but_changed(incident: Incident, actor: str, at: datetime, how: str, still: str) -> Change:
    """None of its alerts fires any more, but what was changed meanwhile stands: watched until somebody sees to that.

    `how`: `every alert has cleared`, or since when they are not heard of."""
    text = f"{how[:1].upper()}{how[1:]}, but still changed: {still}. Watched until that is taken back or it is resolved"
    new = replace(
        at_rest(incident),
        state="monitoring",
        mitigated_at=incident.mitigated_at or at,
    )
    return Change(new, (Event("mitigated", actor, text, {"still": still}),))
