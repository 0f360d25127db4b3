"""Decides one alert of a batch: finds out what kind it is and hands it to the file for that kind.

A plain repeat comes first and is only counted: a storm consists of them. It judges no severities (`bot.alerts` does) and does
nothing about the other kinds itself.
"""

from __future__ import annotations

from bot.alerts import Alert, Judged
from bot.store.alerts import Sighting
from bot.usecases.batch.beginning import first_sight
from bot.usecases.batch.ending import clear
from bot.usecases.batch.noting import Verdict, pass_over
from bot.usecases.batch.returning import again, goes_on
from bot.usecases.batch.silencing import clear_held, hold, let_go, silence_of
from bot.usecases.batch.working_set import WorkingSet
from bot.usecases.episodes import is_its_end, is_plain_repeat
from oncall.values import replace


def take(work: WorkingSet, judged: Judged) -> Verdict:
    """Take one alert of the batch, in its order."""
    if judged.beats:
        work.only_repeats = False
        if judged.alert.status == "firing":
            work.beats.add(judged.beats)
        return "ignored"
    alert = judged.alert
    place = alert.source, alert.key
    seen = work.sightings.get(place)
    if work.truncated is not None and work.truncated.concern(alert):
        work.only_repeats = False
        _note_truncation(work, alert, seen)
        verdict = _decide(work, judged, seen)
        _note_truncation(work, alert, work.sightings.get(place))
        return verdict
    if seen is not None and place not in work.held and is_plain_repeat(judged, seen, work.known[seen.incident]):
        work.touched[place] = seen
        return _count_repeat(work, alert, seen)
    work.only_repeats = False
    return _decide(work, judged, seen)


def _count_repeat(work: WorkingSet, alert: Alert, seen: Sighting) -> Verdict:
    seen.again()
    seen.last_at, seen.value, seen.ends_at = work.tx.at, alert.value, alert.ends_at
    tally = work.tally(seen.incident)
    tally.repeats += 1
    if alert.value:
        tally.value, tally.value_at = alert.value, work.tx.at
    return "repeated"


def _note_truncation(work: WorkingSet, alert: Alert, seen: Sighting | None) -> None:
    """Done before the decision, as a truncated group proves no end; and after it, as the alert may be in another incident then."""
    if (
        work.truncated is not None
        and seen is not None
        and work.truncated.hear(seen.incident, alert.group, alert.left_out)
    ):
        work.whole_again.add(seen.incident)


def _decide(work: WorkingSet, judged: Judged, seen: Sighting | None) -> Verdict:
    """Anything but a plain repeat: it has ended, or it fires and is ignored, silenced, new, or seen before."""
    place = (judged.alert.source, judged.alert.key)
    kept = work.held.get(place)
    if is_its_end(judged.alert, seen, kept, work.tx.at):
        judged = replace(judged, alert=replace(judged.alert, status="resolved"))
    if judged.alert.status != "firing":
        return clear_held(work, judged, kept, seen) if kept else clear(work, judged, seen)
    if judged.ignored is not None:
        return pass_over(work, judged)
    if (silence := silence_of(work, judged)) is not None and not goes_on(work, judged, seen):
        return hold(work, judged, kept, silence)
    if kept is not None:
        let_go(work, place)
    if seen is None:
        return first_sight(work, judged)
    return again(work, judged, seen)
