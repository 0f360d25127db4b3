"""What has rusted: steps, people and transports unused for so long that nobody knows whether they still work. Pure, from the log.

What was done in a drill counts: that is what drills are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.runbooks.model import Runbook
from oncall.values import dataclass

AFTER = timedelta(days=90)
"""How long after its last use something counts as rusted."""

Used = Mapping[str, datetime]
"""Name → when it was last used; what has never been used is missing."""


@dataclass(frozen=True, slots=True)
class Rusted:
    """One thing, and when it was last used; `None` if never."""

    what: str
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rust:
    """What has rusted, as a report."""

    at: datetime
    steps: tuple[Rusted, ...] = ()
    """Steps of runbooks, as `runbook / step`; a runbook of which nothing was ever done is one line."""
    people: tuple[Rusted, ...] = ()
    transports: tuple[Rusted, ...] = ()
    reviews: tuple[str, ...] = ()
    """Runbooks whose review is overdue, and by how much."""

    @property
    def nothing(self) -> bool:
        return not (self.steps or self.people or self.transports or self.reviews)


def rust(
    at: datetime,
    runbooks: Iterable[Runbook],
    steps: Mapping[tuple[str, str], datetime],
    people: Mapping[str, str],
    paged: Used,
    transports: Sequence[str],
    took: Used,
) -> Rust:
    """`steps`: runbook and step → when it was last done; `people`: email → name."""
    books = list(runbooks)
    return Rust(
        at=at,
        steps=tuple(each for book in books for each in _of_runbook(at, book, steps)),
        people=tuple(_old(at, {name: paged.get(email) for email, name in people.items()})),
        transports=tuple(_old(at, {name: took.get(name) for name in transports})),
        reviews=tuple(line for book in books if (line := _overdue(at.date(), book))),
    )


def _of_runbook(at: datetime, book: Runbook, steps: Mapping[tuple[str, str], datetime]) -> list[Rusted]:
    last = {step.title: steps.get((book.id, step.id)) for step in book.steps}
    if not any(last.values()):
        return [Rusted(f"{book.title}, {'its only step' if len(last) == 1 else f'all {len(last)} steps'}")]
    return [Rusted(f"{book.title} / {each.what}", each.last) for each in _old(at, last)]


def _old(at: datetime, last: Mapping[str, datetime | None]) -> list[Rusted]:
    return [Rusted(name, when) for name, when in last.items() if when is None or at - when > AFTER]


def _overdue(today: date, book: Runbook) -> str:
    if book.review is None:
        return ""
    if not book.reviewed:
        return f"{book.title}: never reviewed, to be looked at every {book.review.days} days"
    over = today - date.fromisoformat(book.reviewed) - book.review
    return f"{book.title}: reviewed {book.reviewed}, {over.days} days over" if over > timedelta(0) else ""


def lines(it: Rust) -> list[tuple[str, list[str]]]:
    """The report as people read it: titles with their lines; a title without lines is left out."""
    parts = [
        ("Steps that nobody has done", [_said(each) for each in it.steps]),
        ("People whom nobody has paged", [_said(each) for each in it.people]),
        ("Transports that have delivered no page", [_said(each) for each in it.transports]),
        ("Runbooks older than their review", list(it.reviews)),
    ]
    return [(title, found) for title, found in parts if found]


def _said(each: Rusted) -> str:
    return f"{each.what}: {'never' if each.last is None else f'last on {each.last:%Y-%m-%d}'}"
