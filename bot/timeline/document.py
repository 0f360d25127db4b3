"""A timeline ready to be rendered. It is computed from the log each time and kept nowhere, so it cannot be incomplete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from bot.events import BOT, Recorded, name_in_pagerduty
from bot.formatting import one_line, stamp
from bot.incidents import Incident, name_of
from bot.timeline.entries import Entry, curated
from bot.timeline.header import Row, header_of
from bot.timeline.moments import Moment, Name, moments
from oncall.headline import DRILL
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True)
class TimelineDoc:
    """A timeline ready to be rendered. Texts are still raw."""

    incident: Incident
    header: tuple[Row, ...]
    """Opened, acknowledged and so on, how long each took, and the response clock."""
    events: tuple[Recorded, ...]
    names: Mapping[str, str]
    """Email or user id → the name to show for an actor."""
    entries: tuple[Entry, ...] = ()
    """What of the log is shown: corrected, with what was pinned, without the noise."""
    moments: Mapping[Name, Moment] = field(default_factory=dict)
    zone: tzinfo = UTC
    """In which texts for no reader in particular give their times."""
    many_days: bool = False

    @property
    def zone_name(self) -> str:
        return str(self.zone)


def build(
    incident: Incident,
    events: Sequence[Recorded],
    *,
    at: datetime,
    names: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
) -> TimelineDoc:
    """The timeline as it stands at `at` (an open incident's durations run on)."""
    names = names or {}
    ordered = tuple(sorted(events, key=lambda recorded: recorded.seq))
    known, entries = moments(incident, ordered), curated(ordered, names)
    header = tuple(header_of(incident, ordered, at, names, known))
    days = {entry.at.astimezone(zone).date() for entry in entries}
    return TimelineDoc(incident, header, ordered, names, entries, known, zone, len(days) > 1)


def actor_name(doc: TimelineDoc, actor: str) -> str:
    """Who did it, as people know them; empty for the bot itself."""
    return "" if actor == BOT else one_line(doc.names.get(actor) or name_in_pagerduty(actor) or actor)


def heading(incident: Incident, *, numbered: bool = True) -> str:
    """An incident in one line; without its number where that has just been said."""
    drill, number = f"{DRILL} " if incident.drill else "", f"{name_of(incident.number)} " if numbered else ""
    severity = f"{incident.severity} " if incident.number > 0 else ""
    return f"{drill}{number}{severity}{one_line(incident.title)}"


_IN_A_LIST = 80
"""Characters of an incident in a list: its line stays one on a terminal of usual width."""


def incident_line(incident: Incident) -> str:
    """One incident on one line of a terminal."""
    shown = heading(incident)
    if len(shown) > _IN_A_LIST:
        shown = f"{shown[: _IN_A_LIST - 1].rstrip()}…"
    still = incident.still_until
    until = f" (until {still:%H:%M} UTC)" if still is not None else ""
    return f"{stamp(incident.opened_at)}  {incident.stands:<12}  {shown}{until}"
