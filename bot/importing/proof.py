"""Whether the same people are on call: the export's rendered schedule beside what our resolver says of the new file.

Compared is who is on call at every instant, as a set, for a tool may call several at once. Refuses to call proved what the
export does not show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.importing.lines import Line
from bot.importing.model import Plan, Rendered
from oncall.rota import Schedule
from oncall.schedule import shifts
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch in which others are on call there than here. Half-open, UTC."""

    since: datetime
    until: datetime
    there: frozenset[str]
    here: frozenset[str]


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one schedule."""

    plan: Plan
    roles: tuple[str, ...]
    shown: Rendered | None
    """What the export shows; without it nothing is proved."""
    differences: tuple[Difference, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it is proved that the same people are on call at every instant that the export shows."""
        return self.shown is not None and not self.differences


Piece = tuple[datetime, datetime, str]


def proofs(plans: Iterable[Plan], lines: Sequence[Line], schedule: Schedule) -> list[Proof]:
    """One for each schedule."""
    return [_proof(plan, tuple(line.role for line in lines if line.plan.id == plan.id), schedule) for plan in plans]


def _proof(plan: Plan, roles: tuple[str, ...], schedule: Schedule) -> Proof:
    shown = plan.rendered
    if shown is None or not roles:
        return Proof(plan, roles, shown if roles else None)
    found = shifts(schedule, shown.since, shown.until)
    here = [(each.since, each.until, each.person) for each in found if each.role in roles and each.person]
    there = [(each.since, each.until, each.person) for each in shown.stretches]
    return Proof(plan, roles, shown, tuple(differences(there, here, shown.since, shown.until)))


def differences(there: Sequence[Piece], here: Sequence[Piece], since: datetime, until: datetime) -> list[Difference]:
    """The stretches of [since, until) in which the two differ, as few as can be. Emails are the same in any case of letters."""
    edges = sorted({since, until, *(_cut(at, since, until) for piece in (*there, *here) for at in piece[:2])})
    on_there, on_here = _sweep(there, edges), _sweep(here, edges)
    found: list[Difference] = []
    for begins, ends, one, other in zip(edges, edges[1:], on_there, on_here, strict=False):
        if one == other:
            continue
        last = found[-1] if found else None
        if last and last.until == begins and (last.there, last.here) == (one, other):
            found[-1] = Difference(last.since, ends, one, other)
        else:
            found.append(Difference(begins, ends, one, other))
    return found


def _cut(at: datetime, since: datetime, until: datetime) -> datetime:
    return min(max(at, since), until)


def _sweep(pieces: Sequence[Piece], edges: Sequence[datetime]) -> list[frozenset[str]]:
    """Who is on from each edge on."""
    places = {edge: place for place, edge in enumerate(edges)}
    comes: list[list[str]] = [[] for _ in edges]
    goes: list[list[str]] = [[] for _ in edges]
    for since, until, person in pieces:
        begins, ends = (_cut(at, edges[0], edges[-1]) for at in (since, until))
        if begins < ends:
            comes[places[begins]].append(person.lower())
            goes[places[ends]].append(person.lower())
    on: list[str] = []
    found = []
    for arriving, leaving in zip(comes, goes, strict=True):
        for person in leaving:
            on.remove(person)
        on += arriving
        found.append(frozenset(on))
    return found
