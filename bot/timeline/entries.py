"""What of the log a reader is shown, and as what: corrected, with what people pinned, and without the noise.

The log keeps everything as it was written. Here a correction takes the place of what it corrects and says so, a pinned message
stands once where it was said, repeats of the bot's own become one line, and a step is told by how it ended. Pure. It refuses to
leave out what a person did: only what the bot did by itself folds, and never across something that a person did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.events import BOT, Event, Kind, Recorded, ends_unheard
from oncall.values import dataclass, replace

HIDDEN: frozenset[Kind] = frozenset({"unpinned", "edited", "moment"})
"""What only changes how others are shown."""

FOLDS: Mapping[Kind, str] = {
    "paged": "calls",
    "escalated": "calls",
    "seen": "calls",
    "alert_joined": "alerts",
    "alert_resolved": "alerts",
    "expired": "alerts",
    "reminded": "reminders",
    "still_on_it": "reminders",
    "delivery_failed": "trouble",
    "page_failed": "trouble",
    "checked": "checks",
}
"""Kinds of which several become one line, and which go together."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Who has set an entry right, and when."""

    by: str
    at: datetime
    text: str | None = None
    moved: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `events` are what it stands for, its own first."""

    at: datetime
    actor: str
    text: str
    events: tuple[Recorded, ...]
    corrected: Correction | None = None
    pinned: bool = False
    until: datetime | None = None
    """Of several in one: when the last was."""

    @property
    def seq(self) -> int:
        """By what it is corrected."""
        return self.events[0].seq

    @property
    def event(self) -> Event:
        return self.events[0].event


def curated(events: Sequence[Recorded], names: Mapping[str, str] | None = None) -> tuple[Entry, ...]:
    """The entries, in the order of their times. `names`: email → how that person is called."""
    story = sorted(events, key=lambda recorded: recorded.seq)
    corrections, pins, ended = _corrections(story), _Pins(story), _ended(story)
    covered = _covered(story)
    shown = [each for each in story if each.seq not in covered and _is_told(each, pins, ended)]
    told = [_entry(each, corrections.get(each.seq), pins) for each in shown]
    told.sort(key=lambda entry: (entry.at, entry.seq))
    return tuple(_folded(told, names or {}))


def _corrections(story: Sequence[Recorded]) -> dict[int, Correction]:
    """The last word on each entry, of its text and of its time."""
    found: dict[int, Correction] = {}
    for recorded in story:
        event = recorded.event
        if event.kind == "edited":
            before = found.get(event.data["seq"], Correction("", recorded.at))
            moved = event.data.get("at")
            found[event.data["seq"]] = Correction(
                event.actor,
                recorded.at,
                event.data.get("text", before.text),
                datetime.fromisoformat(moved) if moved else before.moved,
            )
    return found


def _covered(story: Sequence[Recorded]) -> set[int]:
    """What stands behind a correction of several in one line."""
    lines = (each.event.data for each in story if each.event.kind == "edited")
    return {seq for data in lines for seq in data.get("for", ()) if seq != data["seq"]}


class _Pins:
    """Whose pins stand: a message is in as long as anybody's does."""

    def __init__(self, story: Sequence[Recorded]) -> None:
        self.own: set[int] = set()
        """Entries of the log itself that somebody has pinned."""
        self._first: dict[str, int] = {}
        standing = pins_of(story)
        for recorded in story:
            event = recorded.event
            if event.kind == "pinned" and standing.get(event.data["ref"]):
                if "seq" in event.data:
                    self.own.add(event.data["seq"])
                else:
                    self._first.setdefault(event.data["ref"], recorded.seq)

    def shows(self, recorded: Recorded) -> bool:
        """Whether this is the one that shows the message."""
        return self._first.get(recorded.event.data["ref"]) == recorded.seq


def pins_of(story: Sequence[Recorded]) -> dict[str, set[str]]:
    """Who has pinned which message and not taken it back, by the message."""
    found: dict[str, set[str]] = {}
    for recorded in story:
        event = recorded.event
        if event.kind == "pinned":
            found.setdefault(event.data["ref"], set()).add(event.actor)
        elif event.kind == "unpinned":
            found.get(event.data["ref"], set()).discard(event.actor)
    return found


def _ended(story: Sequence[Recorded]) -> dict[tuple[int, str], int]:
    """Of each step, by its run and its id, where its last end stands."""
    return {_step(each.event): each.seq for each in story if each.event.kind == "step_finished"}


def _step(event: Event) -> tuple[int, str]:
    return event.data.get("run", 0), event.data.get("step", "")


def _is_told(recorded: Recorded, pins: _Pins, ended: Mapping[tuple[int, str], int]) -> bool:
    event = recorded.event
    if event.kind in ("step_asked", "step_started"):
        return recorded.seq > ended.get(_step(event), 0)
    if event.kind == "pinned":
        return pins.shows(recorded)
    return event.kind not in HIDDEN


def _entry(recorded: Recorded, correction: Correction | None, pins: _Pins) -> Entry:
    event = recorded.event
    pinned = event.kind == "pinned"
    said_at = datetime.fromisoformat(event.data["at"]) if pinned else recorded.at
    entry = Entry(
        at=said_at,
        actor=event.data["by"] if pinned else event.actor,
        text=event.text,
        events=(recorded,),
        corrected=correction,
        pinned=pinned or recorded.seq in pins.own,
    )
    if correction is None:
        return entry
    text = correction.text if correction.text is not None else entry.text
    return replace(entry, text=text, at=correction.moved or entry.at)


def _folded(entries: Sequence[Entry], names: Mapping[str, str]) -> Iterator[Entry]:
    """Stretches of what the bot did by itself, each sort in one line at the place of its first."""
    stretch: dict[str, list[Entry]] = {}
    for entry in entries:
        sort = _sort(entry)
        if sort:
            stretch.setdefault(sort, []).append(entry)
            continue
        yield from _lines(stretch, names)
        stretch = {}
        yield entry
    yield from _lines(stretch, names)


def _sort(entry: Entry) -> str:
    """By what it goes together with others; nothing where it stands alone."""
    event = entry.event
    by_hand = event.actor not in (BOT, "alert")
    final = event.kind == "page_failed" and event.data.get("final")
    if entry.pinned or entry.corrected or by_hand or final or ends_unheard(event):
        return ""
    return FOLDS.get(event.kind, "")


def _lines(stretch: Mapping[str, list[Entry]], names: Mapping[str, str]) -> Iterator[Entry]:
    for _, line in sorted(((together[0].seq, _one(sort, together, names)) for sort, together in stretch.items())):
        yield line


def _one(sort: str, together: Sequence[Entry], names: Mapping[str, str]) -> Entry:
    if len(together) == 1:
        return together[0]
    first, last = together[0], together[-1]
    events = tuple(event for entry in together for event in entry.events)
    return replace(first, text=_SAID[sort](together, names), events=events, until=last.at)


def _calls(together: Sequence[Entry], names: Mapping[str, str]) -> str:
    calls = [entry.event for entry in together if entry.event.kind == "paged"]
    if not calls:
        return _counted(together, names)
    who = dict.fromkeys(_called(event, names) for event in calls)
    level = "; ".join(entry.text for entry in together if entry.event.kind == "seen")
    count = f"{len(calls)} call{'s' if len(calls) != 1 else ''}"
    return f"Called {', '.join(who)}: {count}" + (f"; {level}" if level else "")


def _called(event: Event, names: Mapping[str, str]) -> str:
    person = event.data.get("person")
    return names.get(person, person) if person else "the team"


SHOWN = 3
"""Texts of several entries that their one line repeats."""


def _counted(together: Sequence[Entry], names: Mapping[str, str]) -> str:
    texts = list(dict.fromkeys(entry.text for entry in together))
    more = len(texts) - SHOWN
    said = "; ".join(texts[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return f"{said} ({len(together)} times)" if len(texts) == 1 else said


def _reminders(together: Sequence[Entry], names: Mapping[str, str]) -> str:
    """Of many that only count the minutes, how many there were; the line's own times say from when until when."""
    kept = [entry for entry in together if entry.event.kind != "reminded"]
    said = [_counted(kept, names)] if kept else []
    if count := len(together) - len(kept):
        said.insert(0, f"Nobody had it yet: the channel was reminded {count} time{'s' if count > 1 else ''}")
    return "; ".join(said)


_SAID = {"calls": _calls, "alerts": _counted, "reminders": _reminders, "trouble": _counted, "checks": _counted}
assert set(_SAID) == set(FOLDS.values()), "every sort needs its words"  # noqa: S101
