"""Proves coverage: whenever an incident begins within the year, somebody is called in time who can be reached in two ways.

Every ladder is climbed from every instant at which the answer could change, with the people on duty when each level is reached.
Pure. It does not believe in a ladder because it looks complete, and names for every hole the change that closes it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal, NamedTuple

from bot.configuration.model import Config
from bot.configuration.reach import reach_for
from oncall.calendar import local
from oncall.policy import Ladder, rungs, transport_name
from oncall.reach import Reach, known_order
from oncall.rota import ROLES, Duty, Override
from oncall.schedule import duty, shifts
from oncall.simulate import Row, walk
from oncall.text import lasting
from oncall.values import dataclass, replace
from oncall.words import written

HORIZON = timedelta(days=365)
WAYS = 2
"""How many ways to reach somebody have to exist: one of them may be out of order that night."""
_SETTING = {"slack": "SLACK_BOT_TOKEN", "pagerduty": "PAGERDUTY_ROUTING_KEY", "email": "SMTP_URL"}

Kind = Literal["reached", "one way", "late", "nobody"]
Pair = tuple[str | None, ...]
"""Who fills each of `ROLES`."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What coverage depends on besides the files."""

    at: datetime
    transports: frozenset[str]
    overrides: Sequence[Override] = ()
    """Those made in Slack."""
    addresses: Collection[str] = ()
    """The variables with addresses for the transports of bot.yml that are set."""
    delivered: Collection[str] | None = None
    """The transports that have ever delivered a page; `None` if nobody can say."""


class Verdict(NamedTuple):
    """How an incident that begins at an instant is answered, and the first call that counts."""

    kind: Kind
    row: Row | None


@dataclass(frozen=True, slots=True)
class Hole:
    """Stretches with the same kind of verdict. `since` and `until` (UTC, half-open) bound the first, `lasting` is the length of
    all."""

    severity: str
    verdict: Verdict
    since: datetime
    until: datetime
    lasting: timedelta
    count: int
    unfilled: tuple[str, ...]
    """Roles that the ladder calls in time but that nobody fills in the first stretch."""


def holes(config: Config, now: Situation, severity: str, length: timedelta = HORIZON) -> list[Hole]:
    """The holes in the severity's coverage from now on, the worst first."""
    found: dict[Kind, Hole] = {}
    climb = _Climb(config, now, config.policies.ladders[severity], now.at + length)
    for since, until, verdict in climb.stretches():
        if verdict.kind == "reached":
            continue
        first = found.get(verdict.kind)
        if first is None:
            unfilled = tuple(role for role in climb.called if climb.filled(role, since) is None)
            found[verdict.kind] = Hole(severity, verdict, since, until, until - since, 1, unfilled)
        else:
            found[verdict.kind] = replace(first, lasting=first.lasting + until - since, count=first.count + 1)
    return [found[kind] for kind in ("nobody", "late", "one way") if kind in found]


def uncovered(config: Config, now: Situation, length: timedelta) -> dict[str, list[Hole]]:
    """For each severity, when nobody would be called in time for an incident that begins within `length` from now."""
    found = {severity: holes(config, now, severity, length) for severity in config.policies.ladders}
    return {
        severity: serious
        for severity, all_of_it in found.items()
        if (serious := [hole for hole in all_of_it if hole.verdict.kind != "one way"])
    }


def response(config: Config, severity: str) -> timedelta:
    """The shortest time in which an incident of the severity has to be answered: the severity's own, or that of one of its
    rules."""
    times = [config.policies.response[severity]]
    for rule in config.rules:
        runbook = config.runbooks.get(rule.runbook or "")
        own = rule.respond_within or (runbook.respond_within if runbook else None)
        if own is not None and rule.severity == severity:
            times.append(own)
    return min(times)


@dataclass(frozen=True)
class _Climb:
    """One ladder, climbed from every instant that matters."""

    config: Config
    now: Situation
    ladder: Ladder
    until: datetime

    @cached_property
    def reach(self) -> Callable[[str | None], Reach]:
        return reach_for(self.config.bot, self.ladder.severity, self.now.transports, self.now.addresses)

    @cached_property
    def within(self) -> timedelta:
        return response(self.config, self.ladder.severity)

    @cached_property
    def offsets(self) -> list[timedelta]:
        """How long after the beginning each level is reached, of those that are in time."""
        start = datetime(2000, 1, 1, tzinfo=UTC)
        return sorted({r.at - start for r in rungs(self.ladder, start, self.within) if r.at - start < self.within})

    @cached_property
    def called(self) -> list[str]:
        """The roles that are called in time."""
        levels = [level for level in self.ladder.levels if level.offset(self.within) < self.within]
        return [role for role in ROLES if any(role in level.notify for level in levels)]

    @cached_property
    def pairs(self) -> list[tuple[datetime, Pair]]:
        """Who serves from which instant on, until the last level of the last incident is reached."""
        found: dict[datetime, dict[str, str | None]] = {}
        serving: dict[str, str | None] = {}
        end = self.until + self.within
        for shift in shifts(self.config.schedule, self.now.at, end, self.now.overrides):
            serving = found[shift.since] = serving | {shift.role: shift.person}
        return [(since, tuple(pair.get(role) for role in ROLES)) for since, pair in found.items()]

    @cached_property
    def edges(self) -> list[datetime]:
        return [since for since, _ in self.pairs]

    def filled(self, role: str, at: datetime) -> str | None:
        return self.pair(at)[ROLES.index(role)]

    def pair(self, at: datetime) -> Pair:
        return self.pairs[max(bisect_right(self.edges, at) - 1, 0)][1]

    def stretches(self) -> Iterator[tuple[datetime, datetime, Verdict]]:
        """The time, cut wherever the answer changes."""
        marks = {edge - offset for edge in self.edges for offset in [timedelta(), *self.offsets]}
        begins = [self.now.at, *sorted(mark for mark in marks if self.now.at < mark < self.until)]
        known: dict[tuple[Pair, ...], Verdict] = {}
        since, last = self.now.at, None
        for at in begins:
            key = tuple(self.pair(at + offset) for offset in self.offsets)
            if key not in known:
                known[key] = self.verdict(at)
            if last is not None and known[key] != last:
                yield since, at, last
                since = at
            last = known[key]
        if last is not None:
            yield since, self.until, last

    def verdict(self, begins: datetime) -> Verdict:
        rows = [row for row in self.rows(begins) if row.person is not None and row.via]
        in_time = [row for row in rows if row.after < self.within]
        safe = next((row for row in in_time if len(ways(row, self.reach)) >= WAYS), None)
        if safe is not None:
            return Verdict("reached", None)
        if in_time:
            return Verdict("one way", _plain(in_time[0]))
        return Verdict("late", _plain(rows[0])) if rows else Verdict("nobody", None)

    def rows(self, begins: datetime) -> tuple[Row, ...]:
        return _walked(self.config, self.now, self.ladder, self.within, begins, self.filled)


def _walked(
    config: Config,
    now: Situation,
    ladder: Ladder,
    within: timedelta,
    begins: datetime,
    filled: Callable[[str, datetime], str | None],
) -> tuple[Row, ...]:
    return walk(
        ladder,
        begins=begins,
        response=within,
        duty_at=lambda role, at: Duty(role, filled(role, at), at, at, "on duty then"),
        people=tuple(config.bot.people),
        last_resort=config.bot.last_resort,
        transports=now.transports,
        reach=reach_for(config.bot, ladder.severity, now.transports, now.addresses),
    ).rows


def climbed(config: Config, now: Situation, ladder: Ladder) -> tuple[Row, ...]:
    """Who would be called from now on, within the severity's own response time."""

    def filled(role: str, at: datetime) -> str | None:
        return duty(config.schedule, role, at, now.overrides).person

    return _walked(config, now, ladder, config.policies.response[ladder.severity], now.at, filled)


def _plain(row: Row) -> Row:
    """A row as verdicts are compared: the same person by the same transports after the same time is the same answer."""
    return replace(row, at=datetime.min.replace(tzinfo=UTC), why="")


def ways(row: Row, reach: Callable[[str | None], Reach]) -> tuple[str, ...]:
    """All transports that can reach the person: those of the level or their own, and the others that are used if those fail."""
    return tuple(dict.fromkeys([*row.via, *known_order(reach(row.person).on)]))


def told(config: Config, hole: Hole, now: Situation) -> str:
    """The hole, its length, and the change that closes it."""
    zone, row = config.schedule.timezone, hole.verdict.row
    since, until = (local(end, zone) for end in (hole.since, hole.until))
    every = f", {lasting(hole.lasting)} in {hole.count} stretches within the year" if hole.count > 1 else ""
    when = f"from {since} on, until {until} ({lasting(hole.until - hole.since)}){every}"
    within = written(response(config, hole.severity))
    if row is None:
        return f"nobody would be paged {when}; {closing(config, hole, now)}"
    if hole.verdict.kind == "late":
        first = f"the first is {row.person} after {written(row.after)}"
        return f"nobody is called within {within} {when}: {first}; {closing(config, hole, now)}"
    only = transport_name(row.via[0])
    return f"{row.person} is reached by {only} alone within {within} {when}; {closing(config, hole, now)}"


def closing(config: Config, hole: Hole, now: Situation) -> str:
    """The change that closes the hole, as it is written in the file."""
    if hole.verdict.kind == "one way":
        off = [_SETTING[name] for name in _SETTING if name not in now.transports]
        return f"set up a second way: {' or '.join(off) or 'another of `transports` in bot.yml'}"
    if hole.unfilled and hole.count == 1:
        return f"add to `overrides` of oncall_schedule.yml: - {override_for(config, hole, now)}"
    return f"add to `levels` of {hole.severity} in escalation.yml: - {level_for(config, hole, now)}"


def override_for(config: Config, hole: Hole, now: Situation) -> str:
    """An override with somebody who is on call in no other role then."""
    climb = _Climb(
        config, Situation(hole.since, frozenset(), now.overrides), config.policies.ladders[hole.severity], hole.until
    )
    busy = {person for _, pair in climb.pairs for person in pair}
    free = [email for email in config.bot.people if email not in busy] or list(config.bot.people)
    since, until = (f"{end.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for end in (hole.since, hole.until))
    return f"{{role: {hole.unfilled[0]}, person: {free[0]}, from: {since}, until: {until}}}"


def level_for(config: Config, hole: Hole, now: Situation) -> str:
    """A level that calls everybody at half of the response time."""
    via = ", ".join(known_order(now.transports))
    return f"{{after: {written(response(config, hole.severity) / 2)}, notify: everyone, via: [{via}]}}"
