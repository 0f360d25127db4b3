"""An alert that was seen before fires: either its episode goes on, or a new one begins, in its incident or after that has ended.

An incident that has been over for longer than its rule's flap window is not reopened: that is a new problem.
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
from bot.usecases.batch.working_set import WorkingSet
from bot.usecases.episodes import SHORT_VALUE, older
from bot.usecases.liveness import silent_for
from bot.usecases.notifying import tell_holder
from bot.usecases.opening import figure
from oncall.words import written


def goes_on(work: WorkingSet, judged: Judged, seen: Sighting | None) -> bool:
    """Whether it is firing in an open incident already: even under a silence it is counted there."""
    if seen is None or seen.status != "firing" or not work.known[seen.incident].is_open:
        return False
    return not _new_episode(work, judged.alert, seen, work.known[seen.incident])


def again(work: WorkingSet, judged: Judged, seen: Sighting) -> Verdict:
    """A condition that was seen before: a repeat, or a new episode of it."""
    incident = work.known[seen.incident]
    repeat = not (_new_episode(work, judged.alert, seen, incident) or _worse_than_closed(work, judged, seen, incident))
    work.touch(seen)
    seen.again()
    if not repeat or judged.severity < incident.severity or len(judged.alert.value or "") > SHORT_VALUE:
        judged = work.without_secrets(judged)  # of a plain repeat nothing new is kept or shown
    if repeat:
        seen.last_at, seen.value, seen.ends_at = work.tx.at, judged.alert.value, judged.alert.ends_at
        return _repeated(work, judged, incident)
    was_firing = seen.status == "firing"
    _begin_episode(work, judged.alert, seen)
    if incident.is_open:
        if was_firing and incident.state == "monitoring":  # nobody said that the episode before was over
            work.count(incident.number, firing=-1)
            return join(work, judged, incident.number, "refired")
        if was_firing:
            return _repeated(work, judged, incident)
        return join(work, judged, incident.number, "refired")
    if was_firing:  # its incident was closed by a person: the old episode is over without a word
        work.count(incident.number, firing=-1)
    return _after_the_end(work, judged, seen, incident)


def _repeated(work: WorkingSet, judged: Judged, incident: Incident) -> Verdict:
    """Its episode goes on: count it. It is news only if it is graver, or if a restored backup held its incident back."""
    work.count(incident.number, repeats=1, value=figure(judged, incident))
    raise_severity(work, judged, fires_now(work, judged, incident))
    return "repeated"


def _new_episode(work: WorkingSet, alert: Alert, seen: Sighting, incident: Incident) -> bool:
    """Whether it has a new start, or fires again after it cleared; if it names no start, whether nothing was heard for long."""
    if seen.status != "firing":
        ended_by_person = not incident.is_open and not incident.resolved_by_alert
        same_start = alert.starts_at is not None and alert.starts_at == seen.starts_at
        return not older(alert.starts_at, seen.starts_at) and not (ended_by_person and same_start)
    if alert.starts_at is not None and seen.starts_at is not None:
        return alert.starts_at > seen.starts_at
    return not incident.is_open and silent_for(work.tx, seen.source, seen.last_at) > work.ctx.flap_window(incident.rule)


def _worse_than_closed(work: WorkingSet, judged: Judged, seen: Sighting, incident: Incident) -> bool:
    """Somebody closed it though it fires, and it is graver by now than what they decided about."""
    return seen.status == "firing" and not incident.is_open and graver(work, judged, incident)


def _begin_episode(work: WorkingSet, alert: Alert, seen: Sighting) -> None:
    seen.status, seen.starts_at, seen.ends_at = "firing", alert.starts_at, alert.ends_at
    seen.summary, seen.labels, seen.value, seen.last_at = alert.summary, alert.labels, alert.value, work.tx.at


def _after_the_end(work: WorkingSet, judged: Judged, seen: Sighting, ended: Incident) -> Verdict:
    """A new episode after its incident was resolved: within the flap window that is reopened, later another one is opened."""
    current = work.current(judged.join_key) or work.open.get(ended.join_key)
    if current is not None:
        seen.incident = current.number
        return join(work, judged, current.number, "joined")
    window = work.ctx.flap_window(ended.rule)
    if ended.resolved_at is None or work.tx.at - ended.resolved_at > window:
        seen.count = 1
        return open_incident(work, judged, seen)
    work.count(ended.number, firing=1, value=figure(judged, ended))
    reason = f"fires again within {written(window)} after #{ended.number} was closed"
    note(work, judged, "reopened", reason, ended.number)
    if ended.commander is not None and _was_held_unheard(work, ended.number):
        incident = work.record(heard_again(work.counted(ended.number), ALERT, judged.alert.summary))
        tell_holder(work.tx, work.ctx, incident, f"Heard of again: {judged.alert.summary}")
        raise_severity(work, judged, incident)
        return "reopened"
    call_anew(work, judged, work.counted(ended.number), f"fires again: {judged.alert.summary}")
    return "reopened"


def _was_held_unheard(work: WorkingSet, number: int) -> bool:
    """Whether it was closed because nothing was heard any more, while somebody had it in hand."""
    end = incidents.last_of_kinds(work.tx.conn, number, ("resolved", "expired"))
    return end is not None and ends_unheard(end.event) and end.event.data["from"] != "triggered"
