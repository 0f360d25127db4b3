"""Alerts that fire under a silence: which one covers an alert, and that it is held, let go, or over before anybody was paged.

What goes on in an open incident is not held (`deciding` sees to that). The end of a silence is `bot.usecases.silences`' business.
"""

from __future__ import annotations

from bot.alerts import Judged
from bot.silences import Silence, labels_of
from bot.store.alerts import Sighting
from bot.store.held import Held
from bot.usecases.batch.ending import clear
from bot.usecases.batch.noting import Verdict, note
from bot.usecases.batch.working_set import WorkingSet
from bot.usecases.episodes import older
from bot.usecases.reasons import by_silence, end_of


def silence_of(work: WorkingSet, judged: Judged) -> Silence | None:
    """The silence that covers it, if any."""
    if not work.silences:
        return None
    return work.silences.holding(labels_of(judged), judged.severity, work.tx.at)


def hold(work: WorkingSet, judged: Judged, kept: Held | None, silence: Silence) -> Verdict:
    """Hold it: kept whole until the silence ends, and counted."""
    alert, at = work.without_secrets(judged).alert, work.tx.at
    family = judged.rule.family if judged.rule else None
    first, count = (kept.first_at, kept.count + 1) if kept else (at, 1)
    place = (alert.source, alert.key)
    work.held[place] = work.kept_quiet[place] = Held(
        alert, silence.id, family, judged.severity, first_at=first, last_at=at, count=count
    )
    work.let_go.discard(place)
    note(work, judged, "silenced", by_silence(silence), cause=silence.id)
    work.acted = work.acted or kept is None
    return "silenced"


def let_go(work: WorkingSet, place: tuple[str, str]) -> None:
    """Hold it no longer: it has ended, or no silence covers it any more."""
    del work.held[place]
    work.kept_quiet.pop(place, None)
    work.let_go.add(place)


def clear_held(work: WorkingSet, judged: Judged, kept: Held, seen: Sighting | None) -> Verdict:
    """It has ended under the silence: nobody was paged for it, and nobody will be."""
    if older(judged.alert.starts_at, kept.alert.starts_at):
        return "ignored"
    let_go(work, (judged.alert.source, judged.alert.key))
    if seen is not None and seen.status != "resolved":
        return clear(work, judged, seen)
    note(work, judged, *end_of(judged.alert), cause=kept.silence)
    return "cleared"
