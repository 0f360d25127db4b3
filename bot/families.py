"""Merges incidents that are one problem, splits them again, or links those that belong together. Pure.

A merge loses nothing: it keeps the graver severity, and what nobody has answered stays unanswered. Refuses to be an acknowledgement
by another name: two are answered together only if each was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.errors import UserError
from bot.events import Event
from bot.incidents import Change, Incident
from bot.incidents.ending import resolve
from bot.incidents.moves import require_move
from bot.incidents.waiting import calling_anew
from oncall.policy import Ladder
from oncall.values import dataclass, replace

SPLIT = "split:"
"""How the join key of what was taken out of another incident begins."""


def require_two(one: Incident, other: Incident, verb: str) -> None:
    """Raises `UserError`."""
    if one.number == other.number:
        raise UserError(f"#{one.number} cannot be {verb} with itself. Nothing was done.")
    if one.drill or other.drill:
        raise UserError(f"A drill stays by itself: it cannot be {verb}. Nothing was done.")
    if one.number < 0 or other.number < 0:
        raise UserError(f"A runbook without an incident cannot be {verb}. Nothing was done.")


def require_parts(incident: Incident) -> None:
    """Raises `UserError` where nothing can be taken out of it."""
    if incident.number < 0 or incident.drill:
        what = "A drill" if incident.drill else "A runbook without an incident"
        raise UserError(f"{what} has no alerts that could be taken out. Nothing was done.")
    require_move(incident, "assign")


def merged(child: Incident, parent: Incident, actor: str, at: datetime) -> Change:
    """The one that ends: its alerts are the other's from now on, and so are those to come."""
    require_two(child, parent, "merged")
    require_move(child, "resolve")
    require_move(parent, "assign")
    over = resolve(child, actor, at).incident
    event = Event(
        "merged", actor, f"Merged into #{parent.number} {parent.title}", {"beside": parent.number, "into": True}
    )
    return Change(replace(over, firing=0, respond_by=None), (event,))


def absorbed(parent: Incident, child: Incident, ladder: Ladder, actor: str, at: datetime) -> Change:
    """The one that goes on. `ladder` is that of the graver severity."""
    unanswered = "triggered" in (parent.state, child.state)
    new = replace(
        parent,
        severity=min(parent.severity, child.severity),
        alerts=parent.alerts + child.alerts,
        firing=parent.firing + child.firing,
        repeats=parent.repeats + child.repeats,
        respond_by=_earlier(parent, child) if parent.responded_at is None else parent.respond_by,
    )
    raised = new.severity != parent.severity
    text = f"#{child.number} {child.title} is part of this now" + (
        f": {parent.severity} → {new.severity}" if raised else ""
    )
    event = Event("merged", actor, text, {"beside": child.number, "from": parent.severity, "to": new.severity})
    if raised:
        new = replace(new, ladder=ladder, ladder_from=at, rung=0)
    calls = child.state == "triggered" and not child.snoozed
    if unanswered and (raised or parent.state != "triggered" or (calls and parent.snoozed)):
        said = Event("unacknowledged", actor, f"Nobody had answered #{child.number}: it calls", {"from": parent.state})
        return Change(calling_anew(new, at), (event, said))
    return Change(new, (event,))


def _earlier(parent: Incident, child: Incident) -> datetime | None:
    promised = [each.respond_by for each in (parent, child) if each.state == "triggered" and each.respond_by]
    return min(promised, default=parent.respond_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Alerts that fire in an incident and are taken out of it together."""

    title: str
    """What the first of them says."""
    value: str
    labels: dict[str, str]
    count: int


def of_its_own(parent: Incident, taken: Taken, number: int, at: datetime) -> Incident:
    """The new incident of some of an incident's alerts: as grave, of the same rule, begun now. Nothing else joins it by itself."""
    return Incident(
        number=number,
        service=parent.service,
        join_key=f"{SPLIT}{number}",
        title=taken.title[:300],
        severity=parent.severity,
        state="triggered",
        rule=parent.rule,
        runbook=parent.runbook,
        opened_at=at,
        respond_from=at,
        ladder=parent.ladder,
        ladder_from=at,
        alerts=taken.count,
        firing=taken.count,
        value=taken.value,
        value_at=at if taken.value else None,
        threshold=parent.threshold,
        labels=taken.labels,
        links=parent.links,
        runbook_url=parent.runbook_url,
    )


def split_off(
    child: Incident,
    parent: Incident,
    alerts: int,
    firing: int,
    response: timedelta | None,
    actor: str,
    at: datetime,
    *,
    again: bool = True,
) -> Change:
    """It is an incident of its own (again), answered if the other is; what was promised is promised anew."""
    answered = parent.is_open and parent.state != "triggered"
    new = replace(
        child,
        state=parent.state if answered else "triggered",
        acknowledged_at=child.acknowledged_at or (parent.responded_at if answered else None),
        commander=parent.commander if answered else None,
        resolved_at=None,
        resolved_by_alert=False,
        respond_from=at,
        respond_by=at + response if response else None,
        alerts=alerts,
        firing=firing,
    )
    text = f"Taken out of #{parent.number} {parent.title}{' again' if again else ''}"
    event = Event("split", actor, text, {"beside": parent.number})
    return Change(new if answered else calling_anew(new, at), (event,))


def left_by(parent: Incident, child: Incident, alerts: int, firing: int, actor: str, *, again: bool = True) -> Change:
    new = replace(parent, alerts=max(0, parent.alerts - alerts), firing=max(0, parent.firing - firing))
    text = f"#{child.number} {child.title} is on its own {'again' if again else 'now'}"
    return Change(new, (Event("split", actor, text, {"beside": child.number}),))


def linked(one: Incident, other: Incident, actor: str) -> Change:
    """Nothing changes but what both cards say."""
    return Change(one, (Event("linked", actor, f"Belongs to #{other.number} {other.title}", {"beside": other.number}),))
