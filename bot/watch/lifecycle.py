"""The lifecycle of a condition: pending while it holds, firing once it has held for its `for`, over when it no longer holds. Pure.

It refuses to conclude anything from silence. While nobody knows, what fires goes on firing and what is pending waits; only the time
between two consecutive evaluations counts towards a `for`, so neither a gap nor an absence of the bot makes anything fire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from bot.watch.condition import Condition
from bot.watch.outcome import Answer, Found, Unknown
from oncall.values import dataclass, field, replace

EVERY = timedelta(minutes=1)
BRIDGED = 2.5
"""Up to how many intervals two evaluations may lie apart for the time between them to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """A condition that holds for one series: since when, and since when it fires (`None`: pending)."""

    condition: str
    series: str
    rule: str
    """The rule whose incident it opens."""
    since: datetime
    fired_at: datetime | None = None
    found: Found = field(default_factory=lambda: Found(0.0))
    """What was found when it was last evaluated."""

    @property
    def state(self) -> Literal["pending", "firing"]:
        return "firing" if self.fired_at is not None else "pending"

    @property
    def place(self) -> tuple[str, str]:
        return self.condition, self.series


Places = Mapping[tuple[str, str], Active]


@dataclass(frozen=True, slots=True)
class Turn:
    """The result of one evaluation."""

    active: Places
    fired: Sequence[Active]
    """Conditions that have just begun to fire."""
    ended: Sequence[Active]
    """Conditions that fired and no longer hold."""
    lost: Sequence[Active]
    """Conditions that fired and are not evaluated any more: nobody knows whether they are over."""


def turn(
    before: Places,
    outcomes: Mapping[str, Answer | Unknown],
    conditions: Mapping[str, Condition],
    at: datetime,
    last: datetime | None,
    every: timedelta = EVERY,
) -> Turn:
    """The next state. `outcomes` has every condition that is evaluated; `last` is the time of the evaluation before."""
    apart = at - last if last is not None else timedelta(0)
    uncounted = apart - every if apart > every * BRIDGED else timedelta(0)
    now: dict[tuple[str, str], Active] = {}
    for key, outcome in outcomes.items():
        for each in _of(conditions[key], outcome, before, at, apart, uncounted):
            now[each.place] = each
    fired = [each for place, each in now.items() if each.fired_at == at and not _fires(before.get(place))]
    gone = [each for place, each in before.items() if place not in now and each.fired_at is not None]
    ended = [each for each in gone if each.condition in outcomes]
    return Turn(now, fired, ended, [each for each in gone if each.condition not in outcomes])


def _fires(active: Active | None) -> bool:
    return active is not None and active.fired_at is not None


def _of(
    condition: Condition,
    outcome: Answer | Unknown,
    before: Places,
    at: datetime,
    apart: timedelta,
    uncounted: timedelta,
) -> Iterator[Active]:
    """What is active of one condition. `apart` is the time since the last evaluation, `uncounted` the part of it that does not
    count."""
    if isinstance(outcome, Unknown):
        yield from _waiting([each for place, each in before.items() if place[0] == condition.key], at, apart)
        return
    for series, found in outcome.items():
        new = Active(condition=condition.key, series=series, rule=condition.rule, since=at)
        was = before.get((condition.key, series), new)
        held = replace(was, found=found, rule=condition.rule)
        if held.fired_at is None:
            held = replace(held, since=min(at, held.since + uncounted))
            held = replace(held, fired_at=at) if at - held.since >= condition.hold else held
        yield held


def _waiting(active: Iterable[Active], at: datetime, apart: timedelta) -> Iterator[Active]:
    for each in active:
        yield each if each.fired_at is not None else replace(each, since=min(at, each.since + apart))


def fires_at(active: Active, hold: timedelta) -> datetime | None:
    """When a pending condition fires if nothing changes."""
    return active.since + hold if active.fired_at is None else None
