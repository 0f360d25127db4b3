"""Why an incident no longer calls anybody: who answered, what keeps it still, how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.context import Context
from bot.events import ALERT, Kind, Recorded, ends_unheard
from bot.holds import SETS_THE_CLOCK, has_a_clock, is_snoozed_too
from bot.incidents import Incident
from bot.slack.picture.people import who
from bot.slack.views.facts import Closing, Hold
from bot.store import Tx, incidents

_ANSWERS: dict[
    str, tuple[Literal["acknowledged", "snoozed", "silenced", "inhibited", "mitigated", "resolved"], tuple[Kind, ...]]
] = {
    "snoozed": ("snoozed", ("snoozed",)),
    "silenced": ("silenced", ("silenced",)),
    "inhibited": ("inhibited", ("inhibited",)),
    "acknowledged": ("acknowledged", ("acknowledged", "handed_over")),
    "monitoring": ("mitigated", ("mitigated",)),
    "resolved": ("resolved", ("resolved", "expired", "merged")),
}
"""State → what its people are told, and the events by which an incident came to it."""


def closing(tx: Tx, ctx: Context, incident: Incident) -> Closing | None:
    """Why a page of this incident no longer calls anybody; `None` while it does."""
    stands = incident.stands
    if stands not in _ANSWERS:
        return None
    state, kinds = _ANSWERS[stands]
    answer = incidents.last_of_kinds(tx.conn, incident.number, kinds)
    by_itself = answer is None or incident.resolved_by_alert or answer.event.actor == ALERT
    by = None if answer is None or by_itself else who(tx, ctx, _who_answered(answer))
    return Closing(
        state=state,
        at=answer.at if answer else tx.at,
        by=by,
        until=incident.held_until,
        snoozed_too=snoozed_too(tx, incident),
        unheard_since=unheard_since(incident, answer),
    )


def _who_answered(answer: Recorded) -> str:
    """Whoever acknowledged it, or got it from them."""
    given = answer.event.data.get("person") if answer.event.kind == "handed_over" else None
    return str(given or answer.event.actor)


def unheard_since(incident: Incident, ended: Recorded | None) -> datetime | None:
    """Since when nothing was heard of an incident that silence closed."""
    if incident.is_open or ended is None or not ends_unheard(ended.event):
        return None
    return datetime.fromisoformat(ended.event.data["since"])


def hold(tx: Tx, ctx: Context, incident: Incident) -> Hold | None:
    """What it keeps still for: who said so, until when, and why."""
    if incident.held_until is None or incident.inhibited_by is not None or incident.stands == "paused":
        return None
    kinds: tuple[Kind, ...] = ("snoozed", "silenced", "acknowledged", "still_on_it")
    said = incidents.last_of_kinds(tx.conn, incident.number, kinds)
    data = said.event.data if said else {}
    kind = said.event.kind if said else None
    reason = str(data.get("reason") or data.get("note") or "")
    return Hold(
        until=incident.held_until,
        snooze=kind == "snoozed",
        silence=kind == "silenced",
        by=who(tx, ctx, said.event.actor) if said else None,
        reason=reason,
    )


def snoozed_too(tx: Tx, incident: Incident) -> bool:
    """The story is asked only where there is a clock at all."""
    if not has_a_clock(incident):
        return False
    return is_snoozed_too(incident, incidents.latest_of_kinds(tx.conn, incident.number, SETS_THE_CLOCK, 1))
