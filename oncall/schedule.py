"""Who fills which role at an instant, and why: the one resolver.

Every question (who is paged, `/oncall`, the calendar, the shifts) is answered here, so that no two tools
can disagree. All arithmetic is in UTC. `overrides` are the ones made in Slack, oldest first: they win over
the file's, a later one over an earlier one. An override counts before `starts` too: somebody took that duty
by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby

from oncall.calendar import WEEK, Calendar, local, utc
from oncall.explain import explain_with
from oncall.rota import ROLES, Duty, Gap, Override, Schedule, Shift, Week
from oncall.rota_problems import problems

__all__ = [
    "HORIZON",
    "ROLES",
    "Calendar",
    "Duty",
    "Gap",
    "Override",
    "Schedule",
    "Shift",
    "Week",
    "duty",
    "explain",
    "gaps",
    "handoffs",
    "problems",
    "shifts",
]

HORIZON = 104 * WEEK
"""How far `duty` looks for the end of a stretch: that of a rota of one person is cut at the handoff after
this.
"""
_TICK = timedelta.resolution


def duty(schedule: Schedule, role: str, at: datetime, overrides: Sequence[Override] = ()) -> Duty:
    """Who fills `role` at `at`. Raises `ValueError` for a role not in `ROLES` and for a naive `at`."""
    at = utc(at)
    line = _line(schedule, role, overrides)
    return Duty(role, line.person(at), line.begin(at), line.end(at), line.why(at))


def shifts(schedule: Schedule, start: datetime, until: datetime, overrides: Sequence[Override] = ()) -> list[Shift]:
    """Both roles' shifts in [start, until), by time, cut to that window; `person` is `None` where
    nobody serves.
    """
    found: list[Shift] = []
    for role in ROLES:
        line = _line(schedule, role, overrides)
        for person, stretch in groupby(line.pieces(utc(start), utc(until)), key=lambda piece: line.person(piece[0])):
            pieces = list(stretch)
            why = "; then ".join(dict.fromkeys(line.why(since) for since, _ in pieces))
            found.append(Shift(schedule.rotation, role, person, pieces[0][0], pieces[-1][1], why))
    return sorted(found, key=lambda shift: (shift.since, ROLES.index(shift.role)))


def gaps(schedule: Schedule, start: datetime, until: datetime, overrides: Sequence[Override] = ()) -> list[Gap]:
    """The stretches of [start, until) in which nobody fills a role, by time."""
    return [
        Gap(shift.rotation, shift.role, shift.since, shift.until)
        for shift in shifts(schedule, start, until, overrides)
        if shift.person is None
    ]


def handoffs(schedule: Schedule, start: datetime) -> Iterator[datetime]:
    """The handoffs at or after `start`, UTC, without end; none lies before `starts`."""
    return schedule.calendar.after(utc(start) - _TICK)


def explain(schedule: Schedule, at: datetime, overrides: Sequence[Override] = ()) -> list[str]:
    """The reasoning for one instant, one plain line each: anchor, count, both roles, overrides,
    defaults in force.
    """
    at = utc(at)
    return explain_with(schedule, at, overrides, [duty(schedule, role, at, overrides) for role in ROLES])


def _line(schedule: Schedule, role: str, overrides: Sequence[Override]) -> _Line:
    if role not in ROLES:
        raise ValueError(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    mine = [*schedule.overrides, *overrides]
    return _Line(
        schedule,
        role,
        tuple(replace(o, start=utc(o.start), until=utc(o.until)) for o in mine if o.role == role),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """One role's time line: constant between the edges, which are handoffs and the ends of overrides."""

    schedule: Schedule
    role: str
    overrides: tuple[Override, ...]
    """In UTC; a later one wins over an earlier one."""

    def person(self, at: datetime) -> str | None:
        override = self._override(at)
        if override:
            return override.person
        week = self._week(at)
        return week.person(self.role) if week else None

    def why(self, at: datetime) -> str:
        override = self._override(at)
        if override is None:
            return self._why_by_rota(at)
        place = "made in Slack" if override.source == "slack" else f"in the {override.source}"
        until = local(override.until, self.schedule.timezone)
        reason = f": {override.reason}" if override.reason else ""
        return f"override {place} until {until}{reason}{self._instead(at)}"

    def begin(self, at: datetime) -> datetime:
        """The start of the stretch around `at`. Nobody, before the first edge, has no start: it is
        cut at the horizon.
        """
        person, earliest = self.person(at), at - HORIZON
        for edge in self._changes_until(at):
            if self.person(edge - _TICK) != person:
                return edge
            earliest = min(earliest, edge)
        return earliest

    def end(self, at: datetime) -> datetime:
        """The end of the stretch around `at`, cut at the first handoff beyond the horizon."""
        person, limit = self.person(at), next(self.schedule.calendar.after(at + HORIZON))
        for edge in self._changes_after(at):
            if self.person(edge) != person:
                return edge
            if edge >= limit:
                break
        return limit

    def pieces(self, start: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """[start, until) cut at every edge within."""
        since = start
        for edge in self._edges_after(start):
            if edge >= until:
                break
            if edge > since:
                yield since, edge
                since = edge
        if since < until:
            yield since, until

    def _override(self, at: datetime) -> Override | None:
        return next((o for o in reversed(self.overrides) if o.start <= at < o.until), None)

    def _week(self, at: datetime) -> Week | None:
        slot = self.schedule.calendar.slot(at)
        weeks = self.schedule.weeks
        return weeks[slot % len(weeks)] if weeks and slot >= 0 else None

    def _why_by_rota(self, at: datetime) -> str:
        week, plan = self._week(at), self.schedule
        if not plan.weeks:
            return "nobody: the rotation has no weeks"
        if week is None:
            first = local(plan.calendar.instant(0), plan.timezone)
            return f"nobody: the rotation starts {first}, and this is before it"
        place = f"week_{week.number} of {len(plan.weeks)}"
        if week.person(self.role) is None:
            place = f"nobody: {place} names no {self.role}"
        return f"{place}, counted from {plan.starts}; handoffs {plan.rhythm}"

    def _instead(self, at: datetime) -> str:
        week = self._week(at)
        planned = week.person(self.role) if week else None
        return f" (instead of {planned}, week_{week.number})" if week and planned else ""

    def _changes_after(self, at: datetime) -> Iterator[datetime]:
        """The edges at which the person may change: a role that one person fills every week has few."""
        first = self.schedule.calendar.instant(0)
        if self._never_changes():
            return merge([first] if first > at else [], self._override_edges(lambda edge: edge > at))
        return self._edges_after(at)

    def _changes_until(self, at: datetime) -> Iterator[datetime]:
        """The same backwards from `at`, itself included."""
        calendar = self.schedule.calendar
        first = calendar.instant(0)
        rota = iter([first] if first <= at else []) if self._never_changes() else calendar.until(at)
        return merge(rota, reversed(self._override_edges(lambda edge: edge <= at)), reverse=True)

    def _never_changes(self) -> bool:
        return len({week.person(self.role) for week in self.schedule.weeks}) < 2

    def _edges_after(self, at: datetime) -> Iterator[datetime]:
        return merge(self.schedule.calendar.after(at), self._override_edges(lambda edge: edge > at))

    def _override_edges(self, wanted: Callable[[datetime], bool]) -> list[datetime]:
        edges = (edge for override in self.overrides for edge in (override.start, override.until))
        return sorted(edge for edge in edges if wanted(edge))
