"""What every on-call tool has, in one vocabulary: people, schedules made of layers, escalation policies.

A reader fills these values; nobody behind it knows which tool they came from.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from bot.importing.week import Span
from oncall.values import dataclass, field, replace

Unit = Literal["hours", "days", "weeks"]


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the export."""

    id: str
    email: str
    name: str
    slack: str | None = None
    email_to: str | None = None
    timezone: str | None = None
    phones: int = 0
    """How many numbers they can be called at: counted, never repeated."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How long one person's turn lasts: days and weeks by the wall clock, hours by elapsed time."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns. `people` are emails in order; the same one may stand in it several times."""

    name: str
    people: tuple[str, ...]
    turn: Turn
    anchor: datetime
    """Wall clock, without a zone: a turn of the first person began then."""
    timezone: str
    hours: tuple[Span, ...] = ()
    """The stretches of the week in which it serves; none means always."""
    since: datetime | None = None
    """It serves from then on (UTC), if later than the anchor."""
    until: datetime | None = None
    rank: int = 0
    """Where two layers of a schedule serve at once, the higher one's person is called; at the same rank both are."""
    skips_idle: bool = False
    """Whether a turn that covers no hour is skipped there too, or uses up its person's turn."""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One person for a stretch of time. Half-open, UTC."""

    person: str
    since: datetime
    until: datetime
    reason: str = ""
    layers: frozenset[str] = frozenset()
    """Of an override: the ids of the layers that it replaces; none means all of them."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Who is on call by the tool's own reckoning, wherever its export says it."""

    since: datetime
    until: datetime
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One schedule of the export."""

    id: str
    name: str
    timezone: str
    layers: tuple[Layer, ...]
    overrides: tuple[Stretch, ...] = ()
    rendered: Rendered | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """Whom a step of a policy calls: a schedule by its id, a person by email, or the whole team."""

    kind: Literal["plan", "person", "team"]
    what: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a policy, so long after the incident began."""

    after: timedelta
    aims: tuple[Aim, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """One escalation policy."""

    id: str
    name: str
    rungs: tuple[Rung, ...]
    rounds: int = 1
    round_length: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is not carried over, or not exactly, and why."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(slots=True)
class Export:
    """All that the files held."""

    tool: str
    people: dict[str, Somebody] = field(default_factory=dict)
    """By id."""
    plans: list[Plan] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    how_to_render: str = ""
    """Which call of the tool's API gives the rendered schedule, for whoever has to be told."""

    def leave(self, what: str, why: str) -> None:
        self.left.append(Left(what, why))

    def by_email(self) -> dict[str, Somebody]:
        return {person.email: person for person in self.people.values()}


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Overrides cut so that no two overlap: the later one in the list wins, as it does in every tool."""
    kept: list[Stretch] = []
    for new in stretches:
        kept = [piece for old in kept for piece in _without(old, new)]
        kept.append(new)
    return sorted(kept, key=lambda each: each.since)


def _without(old: Stretch, new: Stretch) -> list[Stretch]:
    if new.until <= old.since or old.until <= new.since:
        return [old]
    ends = ((old.since, min(old.until, new.since)), (max(old.since, new.until), old.until))
    return [replace(old, since=since, until=until) for since, until in ends if since < until]
