"""What is known of each call, told from the log: when it was decided, sent, accepted, seen and answered, and under which id.

Pure. Refuses to take one for the other: that a transport accepted a page is no sign that anybody has seen it. Seen is what its
person has done since, or what PagerDuty says of whom it calls; an id stands only where the transport gave one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.events import Event, Recorded
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One page of one person (or the team) by one transport. Instants are UTC; `None` is what has not happened, or is not known."""

    person: str | None
    via: str
    level: int | None
    decided_at: datetime | None = None
    due_at: datetime | None = None
    """When it was to leave: later than decided where that person wants it so."""
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    seen_at: datetime | None = None
    acked_at: datetime | None = None
    failed: str = ""
    """Why it was given up."""
    id: str = ""
    """The provider's."""
    possible_repeat: bool = False

    @property
    def took(self) -> timedelta | None:
        """From when it was to leave until it was accepted."""
        start = self.due_at or self.decided_at
        return self.accepted_at - start if self.accepted_at and start else None


def calls_of(story: Sequence[Recorded]) -> tuple[Call, ...]:
    """Every call that came to an end one way or the other, in the order in which they did."""
    return tuple(_calls(sorted(story, key=lambda entry: entry.seq)))


def _calls(story: Sequence[Recorded]) -> Iterator[Call]:
    """From the end to the beginning, so that what came after a call is known when it is met: once over the story."""
    later, found = _Later(), list[Call]()
    for entry in reversed(story):
        event = entry.event
        # A call of which nobody wrote down by what it went has no receipt.
        if "via" in event.data and event.kind == "paged":
            found.append(_accepted(entry, later))
        elif "via" in event.data and event.kind == "page_failed" and event.data.get("final"):
            found.append(_given_up(event))
        if _calls_anew(event):
            later = _Later()
        else:
            later.note(entry)
    yield from reversed(found)


_PAGERDUTY = "in pagerduty"
"""Beside the actors: what was heard of a page where it went."""


@dataclass(slots=True)
class _Later:
    """What happened after a place of the story, until other calls were meant: by whom it was, the first of each."""

    signs: dict[str, Recorded] = field(default_factory=dict)
    answers: dict[str, Recorded] = field(default_factory=dict)

    def note(self, entry: Recorded) -> None:
        for whose in (entry.event.actor, *([_PAGERDUTY] if entry.event.data.get("in") == "pagerduty" else ())):
            self.signs[whose] = entry
            if entry.event.kind == "acknowledged":
                self.answers[whose] = entry

    def first(self, known: dict[str, Recorded], person: str | None, via: str) -> datetime | None:
        """That person did something, or their page was heard of where it went."""
        whose = [*([person] if person is not None else ()), *([_PAGERDUTY] if via == "pagerduty" else ())]
        found = [known[each] for each in whose if each in known]
        return min(found, key=lambda entry: entry.seq).at if found else None


def _given_up(event: Event) -> Call:
    return Call(
        person=event.data.get("person"),
        via=event.data["via"],
        level=event.data.get("level"),
        decided_at=_instant(event, "decided_at"),
        failed=str(event.data.get("reason") or event.text),
    )


def _accepted(entry: Recorded, later: _Later) -> Call:
    event = entry.event
    person, via = event.data.get("person"), str(event.data["via"])
    return Call(
        person=person,
        via=via,
        level=event.data.get("level"),
        decided_at=_instant(event, "decided_at"),
        due_at=_instant(event, "due_at"),
        sent_at=_instant(event, "sent_at"),
        accepted_at=entry.at,
        seen_at=later.first(later.signs, person, via),
        acked_at=later.first(later.answers, person, via),
        id=str(event.data.get("receipt") or ""),
        possible_repeat=bool(event.data.get("possible_repeat")),
    )


def _calls_anew(event: Event) -> bool:
    """From here on other calls are meant."""
    if event.kind == "severity_changed":
        return bool(event.data.get("raised"))
    return event.kind in ("reopened", "unacknowledged", "snooze_ended", "released", "unsilenced", "uninhibited")


def _instant(event: Event, name: str) -> datetime | None:
    value = event.data.get(name)
    return datetime.fromisoformat(value) if value else None
