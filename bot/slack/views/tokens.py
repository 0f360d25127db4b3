"""What a button or a modal carries, written and read: which incident, which shift, which runbook.

A token of an incident is `number.seen` as `3.17`, so that a click on an old message is recognised as such. What cannot be read is
`None`: whoever reads it says so to the person.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.incidents import Incident
from bot.slack.views.actions import MORE
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """Which incident a button is about, and the last event it had seen when it was drawn."""

    number: int
    seen: int

    @classmethod
    def of(cls, incident: Incident) -> Ref:
        return cls(incident.number, incident.last_seq)

    def __str__(self) -> str:
        return f"{self.number}.{self.seen}"


def read_ref(value: str) -> Ref | None:
    """The token of a button; `None` for what is none."""
    number, _, seen = value.partition(".")
    if not (_digits(number) and _digits(seen)):
        return None
    return Ref(int(number), int(seen))


def read_entry(value: str) -> tuple[Ref, str] | None:
    """(incident, what of its timeline) of a form that corrects it."""
    token, _, what = value.partition(" ")
    ref = read_ref(token)
    return (ref, what) if ref and what else None


def read_more(value: str) -> tuple[str, Ref] | None:
    """(verb, incident) of the overflow menu's option."""
    verb, _, token = value.partition(" ")
    ref = read_ref(token)
    return (verb, ref) if ref and verb in MORE else None


def read_start(value: str) -> tuple[str, Ref] | None:
    """(runbook id, incident) of a start button."""
    runbook, _, token = value.partition(" ")
    ref = read_ref(token)
    return (runbook, ref) if ref and runbook else None


def begin(runbook: str, log: int) -> str:
    """What the modal for a runbook's parameters is about: the runbook, and its incident; 0 where it needs none."""
    return f"{runbook} {log}"


def read_begin(value: str) -> tuple[str, int] | None:
    """(runbook id, incident) of that modal."""
    runbook, _, number = value.partition(" ")
    return (runbook, int(number)) if runbook and _digits(number) else None


@dataclass(frozen=True, slots=True)
class Window:
    """A role, a person and a time: what a form has been told, on its way to the next."""

    role: str
    person: str
    start: datetime
    until: datetime

    def __str__(self) -> str:
        return f"{self.role} {self.person} {_seconds(self.start)} {_seconds(self.until)}"


def read_window(value: str) -> Window | None:
    role, person, start, until = [*value.split(" "), "", "", "", ""][:4]
    if not (role and person and _digits(start) and _digits(until)):
        return None
    return Window(role, person, instant(int(start)), instant(int(until)))


def shift_token(role: str, since: datetime, until: datetime) -> str:
    """A shift of a menu."""
    return f"{role} {_seconds(since)} {_seconds(until)}"


def read_shift(value: str) -> tuple[str, datetime, datetime] | None:
    """(role, from, until) of a shift in a menu."""
    role, start, until = [*value.split(" "), "", "", ""][:3]
    return (role, instant(int(start)), instant(int(until))) if role and _digits(start) and _digits(until) else None


def cover_token(request: int, role: str, since: datetime) -> str:
    """Which shift of which request a button is about."""
    return f"{request} {role} {_seconds(since)}"


def read_cover(value: str) -> tuple[int, str, datetime] | None:
    request, role, since = [*value.split(" "), "", "", ""][:3]
    return (int(request), role, instant(int(since))) if _digits(request) and role and _digits(since) else None


def read_roll(value: str) -> tuple[int, str] | None:
    """(drill, who took part when that was shown)."""
    number, _, roll = value.partition(" ")
    return (int(number), roll) if _digits(number) and roll else None


def _digits(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 19


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def instant(seconds: int) -> datetime:
    """Unix seconds, as far as there are instants."""
    return datetime.fromtimestamp(min(max(seconds, 0), _LATEST), UTC)


_LATEST = 32_503_680_000
"""The year 3000."""
