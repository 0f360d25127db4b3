"""What fires in silence: which silence holds it, and that it is held, let go, or over before anybody had to hear of it.

It refuses to hold what goes on in an open incident (`deciding` asks) and to let go at a silence's end (`bot.usecases.silences`).
"""

from __future__ import annotations

from bot.alerts import Judged
from bot.silences import Silence, labels_of
from bot.store.alerts import Sighting
from bot.store.held import Held
from bot.usecases.batch.ending import clear
from bot.usecases.batch.noting import Verdict, note
from bot.usecases.batch.table import Table
from bot.usecases.episodes import older
from bot.usecases.reasons import by_silence, end_of


def silence_of(table: Table, judged: Judged) -> Silence | None:
    """The silence that it fires in, if any."""
    if not table.silences:
        return None
    return table.silences.holding(labels_of(judged), judged.severity, table.tx.at)


def hold(table: Table, judged: Judged, kept: Held | None, silence: Silence) -> Verdict:
    """It fires in silence: kept whole, for the end of the silence, and counted."""
    alert, at = table.without_secrets(judged).alert, table.tx.at
    family = judged.rule.family if judged.rule else None
    first, count = (kept.first_at, kept.count + 1) if kept else (at, 1)
    place = (alert.source, alert.key)
    table.held[place] = table.kept_quiet[place] = Held(
        alert, silence.id, family, judged.severity, first_at=first, last_at=at, count=count
    )
    table.let_go.discard(place)
    note(table, judged, "silenced", by_silence(silence), cause=silence.id)
    table.acted = table.acted or kept is None
    return "silenced"


def let_go(table: Table, place: tuple[str, str]) -> None:
    """It is held no longer: it has ended, or no silence covers it any more."""
    del table.held[place]
    table.kept_quiet.pop(place, None)
    table.let_go.add(place)


def clear_held(table: Table, judged: Judged, kept: Held, seen: Sighting | None) -> Verdict:
    """It has ended in silence: nobody was called, and nobody will be."""
    if older(judged.alert.starts_at, kept.alert.starts_at):
        return "ignored"
    let_go(table, (judged.alert.source, judged.alert.key))
    if seen is not None and seen.status != "resolved":
        return clear(table, judged, seen)
    note(table, judged, *end_of(judged.alert), cause=kept.silence)
    return "cleared"
