"""An alert ends, and its incident with the last one: because its sender says so, or because it is not heard of any more.

An incident stays open while alerts are missing from a truncated group, or while a change that a runbook made is not undone.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.alerts import Judged
from bot.events import ALERT
from bot.incidents import Change, Incident
from bot.incidents.ending import cleared, cleared_but_changed, unheard_since
from bot.runbooks.undo import Entry
from bot.store import alerts
from bot.store.alerts import Sighting
from bot.usecases.batch.noting import Verdict, note
from bot.usecases.batch.working_set import WorkingSet
from bot.usecases.episodes import ended, older
from bot.usecases.reasons import UNKNOWN_END, end_of
from bot.usecases.truncated_groups import TruncatedGroups
from bot.usecases.undo import remind_later, spoken, still_changed


def clear(work: WorkingSet, judged: Judged, seen: Sighting | None) -> Verdict:
    """An alert has cleared or expired; the last one closes its incident. A late word about an older episode is ignored."""
    alert = judged.alert
    if seen is None or seen.status == "resolved" or older(alert.starts_at, seen.starts_at):
        note(work, judged, "ignored", UNKNOWN_END, seen.incident if seen else None)
        return "ignored"
    note(work, judged, *end_of(alert), seen.incident)
    work.touch(seen)
    was_firing = seen.status == "firing"
    event = ended(alert, seen)
    seen.status, seen.ends_at = alert.status, None
    if alert.status == "resolved":
        seen.last_at = work.tx.at
    if was_firing:
        work.count(seen.incident, firing=-1)
    incident = work.known[seen.incident]
    if was_firing and not incident.is_open:
        return "cleared"
    incident = work.record(Change(work.counted(incident.number), (event,)))
    if incident.is_open and incident.firing <= 0:
        _close(work, incident, by_word=alert.status == "resolved")
    return "cleared"


def _close(work: WorkingSet, incident: Incident, *, by_word: bool) -> None:
    """Close it: none of its alerts is known to fire any more. `by_word`: the last one was said to be over, it did not just expire.

    It stays open if alerts were left out of a truncated group: nothing is known about those, and the card says so.
    """
    if work.truncated is None:
        work.truncated = TruncatedGroups(work.tx)
    if work.truncated.left_out(incident.number):
        return
    unheard = alerts.unheard(work.tx.conn, incident.number)
    for place, seen in work.touched.items():
        if seen.status == "expired" and seen.incident == incident.number:
            unheard[place] = seen.last_at
        else:
            unheard.pop(place, None)
    if standing := still_changed(work.tx, incident.number):
        how = unheard_since(max(unheard.values())) if unheard else "every alert has cleared"
        _stay_open(work, incident, standing, how)
    else:
        work.record(cleared(incident, work.tx.at, unheard.values(), others_cleared=by_word))


def close_if_over(work: WorkingSet, number: int) -> None:
    """Its groups have come whole again: close it if everything known of has cleared."""
    incident = work.known[number]
    tally = work.tallies.get(number)
    if incident.is_open and incident.firing + (tally.firing if tally else 0) <= 0:
        _close(work, work.counted(number), by_word=True)


def _stay_open(work: WorkingSet, incident: Incident, standing: Sequence[Entry], how: str) -> None:
    """Changes by runbooks that are not undone keep the incident open; nobody is paged for it."""
    remind_later(work.tx, incident.number)
    if incident.state != "monitoring":
        work.record(cleared_but_changed(incident, ALERT, work.tx.at, how, spoken(standing)))
