"""How an alert begins to fire: it opens an incident, or joins the one that is open.

It refuses to ask whether the alert was seen before and its incident is over: `returning` does, and comes here with the answer.
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
from bot.usecases.batch.table import Table
from bot.usecases.escalation import climb
from bot.usecases.notifying import tell_holder
from bot.usecases.opening import figure, new_incident, why
from bot.usecases.reasons import why_there
from bot.usecases.record import record_new


def first_sight(table: Table, judged: Judged) -> Verdict:
    """A condition that fires here for the first time."""
    judged = table.without_secrets(judged)
    incident = table.current(judged.join_key)
    if incident is None:
        return open_incident(table, judged)
    _see(table, judged, incident.number)
    return join(table, judged, incident.number, "joined")


def open_incident(table: Table, judged: Judged, seen: Sighting | None = None) -> Verdict:
    """Another incident, and somebody is called for it. `seen`: the alert, where it was seen before in one that is over."""
    table.write_recorded()  # what ended in this very batch makes room for what begins
    number = incidents.next_number(table.tx.conn)
    incident = new_incident(table.ctx, judged, number, table.tx.at)
    alert = judged.alert
    incident = record_new(table.tx, table.ctx, opened(incident, ALERT, why(judged), alert.summary, alert.description))
    if seen is None:
        _see(table, judged, number)
    else:
        seen.incident = number
    note(table, judged, "opened", why(judged), number)
    table.acted = True
    table.opened += 1
    table.keep(climb(table.tx, table.ctx, incident))
    return "opened"


def _see(table: Table, judged: Judged, incident: int) -> None:
    alert, at = judged.alert, table.tx.at
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
    table.sightings[alert.source, alert.key] = seen
    table.touch(seen)


def join(table: Table, judged: Judged, number: int, verdict: Verdict) -> Verdict:
    """An alert that begins to fire in an open incident. After a mitigation it gives the holder work again."""
    new = verdict == "joined"
    through = table.through(judged.join_key, number) if new else None
    if through is not None:
        table.came_through.setdefault(through, set()).add((judged.alert.source, judged.alert.key))
    note(table, judged, verdict, why_there(judged, number, new=new, through=through), number)
    table.count(number, alerts=1 if new else 0, firing=1, value=figure(judged, table.known[number]))
    incident = table.counted(number)
    if incident.state == "monitoring" and incident.commander is None:
        call_anew(table, judged, incident, f"fires again, and nobody has it in hand: {judged.alert.summary}")
        return verdict
    if incident.state == "monitoring":
        why = f"Fires again after the mitigation: {judged.alert.summary}"
        incident = table.record(refired(incident, ALERT, why))
        tell_holder(table.tx, table.ctx, incident, why)
    elif incident.silenced_by is not None:
        why = f"Calls all the same: an alert that is not silenced fires: {judged.alert.summary}"
        call(table, graded(table, judged, table.record(unsilenced(incident, table.tx.at, why))))
    else:
        text = ("Joined: " if new else "Fires again: ") + judged.alert.summary
        incident = table.record(Change(incident, (Event("alert_joined", ALERT, text, {"key": judged.alert.key}),)))
        incident = fires_now(table, judged, incident)
    raise_severity(table, judged, incident)
    return verdict
