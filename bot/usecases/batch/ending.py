"""How an alert ends, and its incident with the last of them: by its sender's word, or because nobody says anything any more.

It refuses to take for over what is only unknown (alerts that were cut off their group) or not taken back (what runs changed).
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
from bot.usecases.batch.table import Table
from bot.usecases.episodes import ended, older
from bot.usecases.reasons import UNKNOWN_END, end_of
from bot.usecases.truncated_groups import TruncatedGroups
from bot.usecases.undo import remind_later, spoken, still_changed


def clear(table: Table, judged: Judged, seen: Sighting | None) -> Verdict:
    """One alert has cleared, or was not heard of any more; the last of its incident closes it. A late word about an old
    episode counts for nothing."""
    alert = judged.alert
    if seen is None or seen.status == "resolved" or older(alert.starts_at, seen.starts_at):
        note(table, judged, "ignored", UNKNOWN_END, seen.incident if seen else None)
        return "ignored"
    note(table, judged, *end_of(alert), seen.incident)
    table.touch(seen)
    was_firing = seen.status == "firing"
    event = ended(alert, seen)
    seen.status, seen.ends_at = alert.status, None
    if alert.status == "resolved":
        seen.last_at = table.tx.at
    if was_firing:
        table.count(seen.incident, firing=-1)
    incident = table.known[seen.incident]
    if was_firing and not incident.is_open:
        return "cleared"
    incident = table.record(Change(table.counted(incident.number), (event,)))
    if incident.is_open and incident.firing <= 0:
        _close(table, incident, by_word=alert.status == "resolved")
    return "cleared"


def _close(table: Table, incident: Incident, *, by_word: bool) -> None:
    """None of its alerts fires any more, as far as anybody knows: by their word, or because nobody says anything.

    It stays open where its groups hold alerts that were cut off the message: those are unknown, and the card says so.
    """
    if table.truncated is None:
        table.truncated = TruncatedGroups(table.tx)
    if table.truncated.left_out(incident.number):
        return
    unheard = alerts.unheard(table.tx.conn, incident.number)
    for place, seen in table.touched.items():
        if seen.status == "expired" and seen.incident == incident.number:
            unheard[place] = seen.last_at
        else:
            unheard.pop(place, None)
    if standing := still_changed(table.tx, incident.number):
        how = unheard_since(max(unheard.values())) if unheard else "every alert has cleared"
        _stay_open(table, incident, standing, how)
    else:
        table.record(cleared(incident, table.tx.at, unheard.values(), others_cleared=by_word))


def close_if_over(table: Table, number: int) -> None:
    """Its groups came whole: what was known to have cleared is all there is."""
    incident = table.known[number]
    tally = table.tallies.get(number)
    if incident.is_open and incident.firing + (tally.firing if tally else 0) <= 0:
        _close(table, table.counted(number), by_word=True)


def _stay_open(table: Table, incident: Incident, standing: Sequence[Entry], how: str) -> None:
    """What runs have changed and nobody took back keeps the incident open, and pages nobody."""
    remind_later(table.tx, incident.number)
    if incident.state != "monitoring":
        table.record(cleared_but_changed(incident, ALERT, table.tx.at, how, spoken(standing)))
