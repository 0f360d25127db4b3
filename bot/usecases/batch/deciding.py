"""One alert in its turn: which of its subjects it is a matter for.

A plain repeat, of which a storm consists, is found out first and only counted. It refuses to judge severities (`bot.alerts`
does) and to do anything about what it found: that is its subject's.
"""

from __future__ import annotations

from bot.alerts import Alert, Judged
from bot.store.alerts import Sighting
from bot.usecases.batch.beginning import first_sight
from bot.usecases.batch.ending import clear
from bot.usecases.batch.noting import Verdict, pass_over
from bot.usecases.batch.returning import again, goes_on
from bot.usecases.batch.silencing import clear_held, hold, let_go, silence_of
from bot.usecases.batch.table import Table
from bot.usecases.episodes import is_its_end, is_plain_repeat
from oncall.values import replace


def take(table: Table, judged: Judged) -> Verdict:
    """Take one alert of the batch, in its order."""
    if judged.beats:
        if judged.alert.status == "firing":
            table.beats.add(judged.beats)
        return "ignored"
    alert = judged.alert
    place = alert.source, alert.key
    seen = table.sightings.get(place)
    if table.truncated is not None and table.truncated.concern(alert):
        _hear_of_group(table, alert, seen)
        verdict = _decide(table, judged, seen)
        _hear_of_group(table, alert, table.sightings.get(place))
        return verdict
    if seen is not None and place not in table.held and is_plain_repeat(judged, seen, table.known[seen.incident]):
        table.touched[place] = seen
        return _count_repeat(table, alert, seen)
    return _decide(table, judged, seen)


def _count_repeat(table: Table, alert: Alert, seen: Sighting) -> Verdict:
    seen.again()
    seen.last_at, seen.value, seen.ends_at = table.tx.at, alert.value, alert.ends_at
    tally = table.tally(seen.incident)
    tally.repeats += 1
    if alert.value:
        tally.value, tally.value_at = alert.value, table.tx.at
    return "repeated"


def _hear_of_group(table: Table, alert: Alert, seen: Sighting | None) -> None:
    """Before the decision, because a cut group proves no end; and after it, because it may have found another incident."""
    if (
        table.truncated is not None
        and seen is not None
        and table.truncated.hear(seen.incident, alert.group, alert.left_out)
    ):
        table.whole_again.add(seen.incident)


def _decide(table: Table, judged: Judged, seen: Sighting | None) -> Verdict:
    """Anything but a plain repeat: an end, or something that fires and is ignored, held in silence, new or seen before."""
    place = (judged.alert.source, judged.alert.key)
    kept = table.held.get(place)
    if is_its_end(judged.alert, seen, kept, table.tx.at):
        judged = replace(judged, alert=replace(judged.alert, status="resolved"))
    if judged.alert.status != "firing":
        return clear_held(table, judged, kept, seen) if kept else clear(table, judged, seen)
    if judged.ignored is not None:
        return pass_over(table, judged)
    if (silence := silence_of(table, judged)) is not None and not goes_on(table, judged, seen):
        return hold(table, judged, kept, silence)
    if kept is not None:
        let_go(table, place)
    if seen is None:
        return first_sight(table, judged)
    return again(table, judged, seen)
