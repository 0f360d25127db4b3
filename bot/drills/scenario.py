"""A scenario: which alert comes, what is broken in the practice OpenVine, what others say, what is expected. Pure.

It knows nothing of the team: severity, procedure and response time come from the configuration, whoever the scenario was written
for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from oncall.values import dataclass, field

NOTHING = timedelta(0)
LONGEST = timedelta(hours=8)
"""The longest that a drill may last."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is broken for a while, counted from the beginning of the drill."""

    name: str
    """One of `bot.drills.openvine.BREAKS`."""
    before: timedelta = NOTHING
    """How long it had been broken already when the drill began."""
    at: timedelta = NOTHING
    until: timedelta | None = None
    """`None` means to the end."""

    def on(self, played: timedelta) -> bool:
        return self.at - self.before <= played and (self.until is None or played < self.until)


@dataclass(frozen=True, slots=True)
class Said:
    """Something that somebody outside says during the drill."""

    at: timedelta
    text: str


@dataclass(frozen=True, slots=True)
class Expected:
    """How soon each is expected. `None` means the incident's own response time; for `mitigate` and `write` it means no
    expectation."""

    acknowledge: timedelta | None = None
    step: timedelta | None = None
    """The first step of its procedure."""
    mitigate: timedelta | None = None
    write: timedelta | None = None
    """What happened and what is left to do; counted from the end of the incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario."""

    id: str
    title: str
    story: str = ""
    """What the person who calls the drill reads first."""
    rule: str
    """The rule whose alert comes, by its name in `alerts.yml`."""
    value: str = ""
    """The value that the alert states, if nothing in `monitoring.yml` measures it."""
    after: timedelta = NOTHING
    """How long after the beginning the alert comes."""
    ends: timedelta = timedelta(hours=1)
    faults: tuple[Fault, ...] = ()
    says: tuple[Said, ...] = ()
    expect: Expected = field(default_factory=Expected)

    def broken(self, played: timedelta) -> frozenset[str]:
        """What is broken at that moment; a negative time is before the drill."""
        return frozenset(fault.name for fault in self.faults if fault.on(played))

    @property
    def begins(self) -> timedelta:
        """How long before the drill the first fault began."""
        return max((fault.before - fault.at for fault in self.faults), default=NOTHING)

    def turns(self) -> tuple[timedelta, ...]:
        """The moments at which something breaks or is mended, before and during the drill."""
        ends = (fault.until for fault in self.faults if fault.until is not None)
        return tuple(sorted({*(fault.at - fault.before for fault in self.faults), *ends}))

    def as_json(self) -> dict[str, Any]:
        """What a drill keeps of its scenario, so that an edited file does not change what is being played. Durations in seconds."""
        return {
            "id": self.id,
            "title": self.title,
            "story": self.story,
            "rule": self.rule,
            "value": self.value,
            "after": _s(self.after),
            "ends": _s(self.ends),
            "faults": [[each.name, _s(each.before), _s(each.at), _s(each.until)] for each in self.faults],
            "says": [[_s(each.at), each.text] for each in self.says],
            "expect": {name: _s(getattr(self.expect, name)) for name in Expected.__slots__},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Scenario:
        """The inverse of `as_json`. Missing keys take their defaults: the data may be older than this version."""
        plain = {name: kept[name] for name in ("id", "title", "story", "rule", "value") if name in kept}
        return cls(
            **plain,
            after=_span(kept.get("after")) or NOTHING,
            ends=_span(kept.get("ends")) or timedelta(hours=1),
            faults=tuple(
                Fault(name, _span(before) or NOTHING, _span(at) or NOTHING, _span(until))
                for name, before, at, until in kept.get("faults", ())
            ),
            says=tuple(Said(_span(at) or NOTHING, text) for at, text in kept.get("says", ())),
            expect=Expected(**{name: _span(value) for name, value in kept.get("expect", {}).items()}),
        )


def _s(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
