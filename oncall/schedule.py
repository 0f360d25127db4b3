"""Who fills which role at an instant, and why: the one resolver.

Every question (who is paged, `/oncall`, the calendar, the shifts) is answered here, so that no two tools can disagree. All
arithmetic is in UTC. If several rotations fill a role, the later in the file does. `overrides` are the ones made in Slack, oldest
first: they win over the file's, and a later one over an earlier one. An override counts even before `starts`, because somebody took
that duty by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import groupby
from operator import attrgetter

from oncall.calendar import WEEK, Calendar, local, utc
from oncall.explain import explain_with
from oncall.layers import TICK, Layer, Stretch, Taken, Turns, painted, plan_of, taken, turns_of, weeks_of
from oncall.rota import ROLES, Duty, Every, Gap, Member, Override, Rotation, Schedule, Shift, Week
from oncall.rota_problems import problems
from oncall.values import dataclass

__all__ = [
    "HORIZON",
    "ROLES",
    "Calendar",
    "Duty",
    "Every",
    "Gap",
    "Member",
    "Override",
    "Rotation",
    "Schedule",
    "Shift",
    "Week",
    "duty",
    "explain",
    "gaps",
    "handoffs",
    "problems",
    "shifts",
    "whole_shifts",
]

HORIZON = 104 * WEEK
"""How far `duty` looks for the ends of a stretch when it has to go through the turns one by one."""


def duty(schedule: Schedule, role: str, at: datetime, overrides: Sequence[Override] = ()) -> Duty:
    """Who fills `role` at `at`. Raises `ValueError` for a role not in `ROLES` and for a naive `at`."""
    at = utc(at)
    line = _line(schedule, role, overrides)
    now = line.at(at)
    since, until = line.begin(at, now.person), line.end(at, now.person)
    return Duty(role, now.person, since, until, line.why(now), line.rotation(now))


def shifts(schedule: Schedule, start: datetime, until: datetime, overrides: Sequence[Override] = ()) -> list[Shift]:
    """Both roles' shifts in [start, until), by time, cut to that window; `person` is `None` if nobody serves."""
    found: list[Shift] = []
    for role in ROLES:
        line = _line(schedule, role, overrides)
        for person, stretch in groupby(painted(line.layers, utc(start), utc(until)), key=attrgetter("person")):
            first, *more = stretch
            names, why = line.planned(first), line.why(first)
            if more:
                names = ", ".join(dict.fromkeys(map(line.planned, [first, *more])))
                why = "; then ".join(dict.fromkeys(map(line.why, [first, *more])))
            found.append(Shift(names, role, person, first.since, (more or [first])[-1].until, why))
    return sorted(found, key=attrgetter("since"))


def whole_shifts(
    schedule: Schedule, start: datetime, until: datetime, overrides: Sequence[Override] = ()
) -> list[Shift]:
    """The same with their real ends: each role's first and last shift may reach beyond the window."""
    return [
        shift if start < shift.since and shift.until < until else _whole(schedule, shift, overrides)
        for shift in shifts(schedule, start, until, overrides)
    ]


def _whole(schedule: Schedule, shift: Shift, overrides: Sequence[Override]) -> Shift:
    real = duty(schedule, shift.role, shift.since, overrides)
    return shift._replace(since=real.since, until=real.until)


def gaps(schedule: Schedule, start: datetime, until: datetime, overrides: Sequence[Override] = ()) -> list[Gap]:
    """The stretches of [start, until) in which nobody fills a role, by time."""
    return [
        Gap(shift.rotation, shift.role, shift.since, shift.until)
        for shift in shifts(schedule, start, until, overrides)
        if shift.person is None
    ]


def handoffs(schedule: Schedule, start: datetime) -> Iterator[datetime]:
    """The handoffs at or after `start`, UTC, without end; none lies before the very first turn."""
    layers = [*weeks_of(schedule, ROLES[0]), *map(turns_of, schedule.rotations)]
    return (instant for instant, _ in groupby(merge(*(layer.handoffs(utc(start) - TICK) for layer in layers))))


def explain(
    schedule: Schedule, at: datetime, overrides: Sequence[Override] = (), name: Callable[[str], str] = str
) -> list[str]:
    """The reasoning for one instant, one plain line each: anchor, count, both roles, overrides, defaults in force.

    `name` turns an email into the name to show; by default it stays the email, as in the file.
    """
    at = utc(at)
    duties = [duty(schedule, role, at, overrides) for role in ROLES]
    return explain_with(schedule, at, overrides, duties, handoffs(schedule, at + TICK), name)


def _line(schedule: Schedule, role: str, overrides: Sequence[Override]) -> _Line:
    if role not in ROLES:
        raise ValueError(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    mine = (each for each in (*schedule.overrides, *overrides) if each.role == role)
    return _Line(schedule, role, plan_of(schedule, role), tuple(map(taken, mine)))


@dataclass(frozen=True, slots=True)
class _Line:
    """One role's time line."""

    schedule: Schedule
    role: str
    plan: tuple[Turns, ...]
    overrides: tuple[Taken, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        return *self.plan, *self.overrides

    def at(self, at: datetime) -> Stretch:
        return painted(self.layers, at, at + TICK)[0]

    def why(self, piece: Stretch) -> str:
        if type(piece.source) is Turns:
            return piece.source.reasons[piece.place]
        if isinstance(piece.source, Taken) and (override := piece.source.override):
            place = "made in Slack" if override.source == "slack" else f"in the {override.source}"
            until = local(override.until, self.schedule.timezone)
            reason = f": {override.reason}" if override.reason else ""
            return f"override {place} until {until}{reason}{self._instead(piece.since)}"
        return f"nobody: {self._why_nobody(piece.since)}"

    def rotation(self, piece: Stretch) -> str | None:
        """Whose turn it is, or would be without the override."""
        source = piece.source if isinstance(piece.source, Turns) else self._planned(piece.since).source
        return source.name if isinstance(source, Turns) else None

    def planned(self, piece: Stretch) -> str:
        if type(piece.source) is Turns:
            return piece.source.name
        return self.rotation(piece) or self.schedule.rotation

    def begin(self, at: datetime, person: str | None) -> datetime:
        """The start of the stretch around `at`, cut at the horizon if nobody serves and no edge lies before `at`."""
        layers = self._coarse()
        firsts = [layer.since for layer in layers if isinstance(layer, Taken)]
        oldest = min([at - HORIZON, *firsts]) if len(firsts) == len(layers) else at - HORIZON
        until, span = at, WEEK
        while until > oldest:
            since = max(until - span, oldest)
            for piece in reversed(painted(layers, since, until)):
                if piece.person != person:
                    return piece.until
            until, span = since, span * 2
        return oldest

    def end(self, at: datetime, person: str | None) -> datetime:
        """The end of the stretch around `at`, cut at the horizon; if nobody serves before the first turn, it is exact."""
        layers = self._coarse()
        limit = max([at, *(layer.first for layer in self.plan)]) + HORIZON
        since, span = at, WEEK
        while since < limit:
            until = min(since + span, limit)
            for piece in painted(layers, since, until):
                if piece.person != person:
                    return piece.since
            since, span = until, span * 2
        return limit

    def _coarse(self) -> list[Layer]:
        return [*(layer.coarse() for layer in self.plan), *self.overrides]

    def _planned(self, at: datetime) -> Stretch:
        return painted(self.plan, at, at + TICK)[0]

    def _instead(self, at: datetime) -> str:
        planned = self._planned(at)
        if not isinstance(planned.source, Turns):
            return ""
        return f" (instead of {planned.person}, {planned.source.short(planned.place)})"

    def _why_nobody(self, at: datetime) -> str:
        if not self.plan:
            return f"no rotation fills {self.role}" if self.schedule.rotations else "the rotation has no weeks"
        first = min(layer.first for layer in self.plan)
        if at < first:
            return f"the rotation starts {local(first, self.schedule.timezone)}, and this is before it"
        return "; ".join(layer.silence(at, self.role) for layer in self.plan)
