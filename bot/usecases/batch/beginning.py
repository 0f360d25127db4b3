"""An alert begins to fire: it opens an incident, or joins the one that is open.

For an alert that was seen before, `returning` decides first whether this is a new episode, and calls this.
"""

from __future__ import annotations

from bot.alerts import Judged
from bot.events import ALERT, Event
from bot.incidents import Change
from bot.incidents.opening import opened
from bot.incidents.returning import refired
from bot.silences import unsilenced
from bot.store import incidents
from bot.store.alerts import Sighting
from bot.usecases.batch.calling import call, call_anew, fires_now, graded, raise_severity
from bot.usecases.batch.noting import Verdict, note
from bot.usecases.batch.working_set import WorkingSet
from bot.usecases.escalation import climb
from bot.usecases.notifying import tell_holder
from bot.usecases.opening import figure, new_incident, why
from bot.usecases.reasons import why_there
from bot.usecases.record import record_new


def first_sight(work: WorkingSet, judged: Judged) -> Verdict:
    """A condition that fires here for the first time."""
    judged = work.without_secrets(judged)
    incident = work.current(judged.join_key)
    if incident is None:
        return open_incident(work, judged)
    _see(work, judged, incident.number)
    return join(work, judged, incident.number, "joined")


def open_incident(work: WorkingSet, judged: Judged, seen: Sighting | None = None) -> Verdict:
    """Open a new incident and call somebody for it. `seen`: its sighting, if it was seen before in an incident that is over."""
    work.write_recorded()  # what ended in this very batch makes room for what begins
    number = incidents.next_number(work.tx.conn)
    incident = new_incident(work.ctx, judged, number, work.tx.at)
    alert = judged.alert
    incident = record_new(work.tx, work.ctx, opened(incident, ALERT, why(judged), alert.summary, alert.description))
    if seen is None:
        _see(work, judged, number)
    else:
        seen.incident = number
    note(work, judged, "opened", why(judged), number)
    work.acted = True
    work.opened += 1
    work.keep(climb(work.tx, work.ctx, incident))
    return "opened"


def _see(work: WorkingSet, judged: Judged, incident: int) -> None:
    alert, at = judged.alert, work.tx.at
    seen = Sighting(
        source=alert.source,
        key=alert.key,
        incident=incident,
        status="firing",
        summary=alert.summary,
        value=alert.value,
        starts_at=alert.starts_at,
        ends_at=alert.ends_at,
        first_at=at,
        last_at=at,
        labels=alert.labels,
    )
    work.sightings[alert.source, alert.key] = seen
    work.touch(seen)


def join(work: WorkingSet, judged: Judged, number: int, verdict: Verdict) -> Verdict:
    """An alert begins to fire in an open incident. If that was mitigated, its holder has work again and is told so."""
    new = verdict == "joined"
    through = work.through(judged.join_key, number) if new else None
    if through is not None:
        work.came_through.setdefault(through, set()).add((judged.alert.source, judged.alert.key))
    note(work, judged, verdict, why_there(judged, number, new=new, through=through), number)
    work.count(number, alerts=1 if new else 0, firing=1, value=figure(judged, work.known[number]))
    incident = work.counted(number)
    if incident.state == "monitoring" and incident.commander is None:
        call_anew(work, judged, incident, f"fires again, and nobody has it in hand: {judged.alert.summary}")
        return verdict
    if incident.state == "monitoring":
        why = f"Fires again after the mitigation: {judged.alert.summary}"
        incident = work.record(refired(incident, ALERT, why))
        tell_holder(work.tx, work.ctx, incident, why)
    elif incident.silenced_by is not None:
        why = f"Calls all the same: an alert that is not silenced fires: {judged.alert.summary}"
        call(work, graded(work, judged, work.record(unsilenced(incident, work.tx.at, why))))
    else:
        text = ("Joined: " if new else "Fires again: ") + judged.alert.summary
        incident = work.record(Change(incident, (Event("alert_joined", ALERT, text, {"key": judged.alert.key}),)))
        incident = fires_now(work, judged, incident)
    raise_severity(work, judged, incident)
    return verdict
