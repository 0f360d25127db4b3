"""What an incident waits for next: a rung of its ladder, a reminder, the end of a timed acknowledgement or snooze, or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.events import BOT, Event
from bot.incidents.incident import Change, Incident
from oncall.values import replace


def at_rest(incident: Incident) -> Incident:
    """Nothing is due any more: no level, no end of a clock or a snooze."""
    return replace(incident, next_at=None, held_until=None, silenced_by=None, inhibited_by=None)


def calling_anew(incident: Incident, at: datetime) -> Incident:
    """Its ladder from the first rung, at once. That somebody had answered before stays true, and so does who."""
    return replace(
        at_rest(incident),
        state="triggered",
        acknowledged_at=incident.responded_at,
        mitigated_at=None,
        ladder_from=at,
        rung=0,
        next_at=at,
        reopened=incident.reopened + 1,
    )


def climbed(incident: Incident, at: datetime, events: tuple[Event, ...]) -> Change:
    """The next rung was climbed: the incident waits for the one after it, or for the next reminder."""
    return Change(waiting(replace(incident, rung=incident.rung + 1), at), events)


def reminded(incident: Incident, at: datetime) -> Change:
    """The ladder is used up and still nobody answered: the channel is told, and will be again."""
    since = _minutes(at - incident.alone_since)
    what = "after it opened" if incident.alone_since == incident.respond_from else "after it began to call again"
    return Change(
        waiting(incident, at),
        (Event("reminded", BOT, f"Still nobody has acknowledged this, {since} {what}"),),
    )


def waiting(incident: Incident, at: datetime) -> Incident:
    """As it waits for what comes next."""
    return replace(incident, next_at=_next_at(incident, at))


def _next_at(incident: Incident, at: datetime) -> datetime | None:
    """When an incident is looked at next: at the end of its snooze, else the coming rung's instant, else a reminder's.

    One that somebody has is looked at only where it has a clock, which whoever calls by hand does not move.
    """
    if incident.state != "triggered":
        return incident.next_at
    if incident.held_until is not None:
        return max(incident.held_until, at)
    ahead = incident.rungs()
    if incident.rung < len(ahead):
        return max(ahead[incident.rung].at, at)
    return at + (incident.ladder.remind_every or timedelta(minutes=30))


def _minutes(span: timedelta) -> str:
    return f"{int(span.total_seconds() // 60)} min"
