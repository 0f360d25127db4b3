"""An alert that was seen before fires: it goes on, or it is a new episode, in its incident or after that had ended.

It refuses to reopen an incident that has been over for longer than its rule's flap window: that is another trouble.
"""

from __future__ import annotations

from bot.alerts import Alert, Judged
from bot.events import ALERT, ends_unheard
from bot.incidents import Incident
from bot.incidents.returning import heard_again
from bot.store import incidents
from bot.store.alerts import Sighting
from bot.usecases.batch.beginning import join, open_incident
from bot.usecases.batch.calling import call_anew, fires_now, graver, raise_severity
from bot.usecases.batch.noting import Verdict, note
from bot.usecases.batch.table import Table
from bot.usecases.episodes import SHORT_VALUE, older
from bot.usecases.hearing import silence
from bot.usecases.notifying import tell_holder
from bot.usecases.opening import figure
from oncall.words import written


def goes_on(table: Table, judged: Judged, seen: Sighting | None) -> bool:
    """It fires in an open incident already: a silence keeps that from calling anybody, and it is counted there."""
    if seen is None or seen.status != "firing" or not table.known[seen.incident].is_open:
        return False
    return not _new_episode(table, judged.alert, seen, table.known[seen.incident])


def again(table: Table, judged: Judged, seen: Sighting) -> Verdict:
    """A condition that was seen before: a repeat, or a new episode of it."""
    incident = table.known[seen.incident]
    repeat = not (
        _new_episode(table, judged.alert, seen, incident) or _worse_than_closed(table, judged, seen, incident)
    )
    table.touch(seen)
    seen.again()
    if not repeat or judged.severity < incident.severity or len(judged.alert.value or "") > SHORT_VALUE:
        judged = table.without_secrets(judged)  # of a plain repeat nothing new is kept or shown
    if repeat:
        seen.last_at, seen.value, seen.ends_at = table.tx.at, judged.alert.value, judged.alert.ends_at
        return _repeated(table, judged, incident)
    was_firing = seen.status == "firing"
    _begin_episode(table, judged.alert, seen)
    if incident.is_open:
        if was_firing and incident.state == "monitoring":  # nobody said that the episode before was over
            table.count(incident.number, firing=-1)
            return join(table, judged, incident.number, "refired")
        if was_firing:
            return _repeated(table, judged, incident)
        return join(table, judged, incident.number, "refired")
    if was_firing:  # its incident was closed by a person: the old episode is over without a word
        table.count(incident.number, firing=-1)
    return _after_the_end(table, judged, seen, incident)


def _repeated(table: Table, judged: Judged, incident: Incident) -> Verdict:
    """It goes on: counted, and news only where it is graver or a backup held its incident back."""
    table.count(incident.number, repeats=1, value=figure(judged, incident))
    raise_severity(table, judged, fires_now(table, judged, incident))
    return "repeated"


def _new_episode(table: Table, alert: Alert, seen: Sighting, incident: Incident) -> bool:
    """A new start, or firing again after it had cleared. A sender that names no start begins anew after a silence."""
    if seen.status != "firing":
        ended_by_person = not incident.is_open and not incident.resolved_by_alert
        same_start = alert.starts_at is not None and alert.starts_at == seen.starts_at
        return not older(alert.starts_at, seen.starts_at) and not (ended_by_person and same_start)
    if alert.starts_at is not None and seen.starts_at is not None:
        return alert.starts_at > seen.starts_at
    return not incident.is_open and silence(table.tx, seen.source, seen.last_at) > table.ctx.flap_window(incident.rule)


def _worse_than_closed(table: Table, judged: Judged, seen: Sighting, incident: Incident) -> bool:
    """Somebody closed it though it fires, and it is graver by now than what they decided about."""
    return seen.status == "firing" and not incident.is_open and graver(table, judged, incident)


def _begin_episode(table: Table, alert: Alert, seen: Sighting) -> None:
    seen.status, seen.starts_at, seen.ends_at = "firing", alert.starts_at, alert.ends_at
    seen.summary, seen.labels, seen.value, seen.last_at = alert.summary, alert.labels, alert.value, table.tx.at


def _after_the_end(table: Table, judged: Judged, seen: Sighting, ended: Incident) -> Verdict:
    """A new episode after its incident was resolved: soon after it is the same trouble, later another one."""
    current = table.current(judged.join_key) or table.open.get(ended.join_key)
    if current is not None:
        seen.incident = current.number
        return join(table, judged, current.number, "joined")
    window = table.ctx.flap_window(ended.rule)
    if ended.resolved_at is None or table.tx.at - ended.resolved_at > window:
        seen.count = 1
        return open_incident(table, judged, seen)
    table.count(ended.number, firing=1, value=figure(judged, ended))
    reason = f"fires again within {written(window)} after #{ended.number} was closed"
    note(table, judged, "reopened", reason, ended.number)
    if ended.commander is not None and _was_held_unheard(table, ended.number):
        incident = table.record(heard_again(table.counted(ended.number), ALERT, judged.alert.summary))
        tell_holder(table.tx, table.ctx, incident, f"Heard of again: {judged.alert.summary}")
        raise_severity(table, judged, incident)
        return "reopened"
    call_anew(table, judged, table.counted(ended.number), f"fires again: {judged.alert.summary}")
    return "reopened"


def _was_held_unheard(table: Table, number: int) -> bool:
    """Whether silence closed it while somebody had it in hand."""
    end = incidents.last_of_kinds(table.tx.conn, number, ("resolved", "expired"))
    return end is not None and ends_unheard(end.event) and end.event.data["from"] != "triggered"
