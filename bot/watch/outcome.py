"""What came of asking one condition at one moment: where it holds and with which value, or why nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.watch.analysis import Baseline
from bot.watch.ranges import Point
from bot.watch.series import Bucket
from oncall.values import dataclass, field


class Unknown(Exception):
    """Nobody knows; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """The condition holds."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the series, where there are several."""
    text: str = ""
    """What it says of it; empty: the rule's message says it."""


Answer = Mapping[str, Found]
"""Series → found; empty where it holds for none."""
OWN = ""
"""The one series that a sample is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that conditions are asked of, at one instant."""

    at: datetime
    values: Mapping[str, float] = field(default_factory=dict)
    """By metric: what was read just now."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Why a metric could not be read."""
    history: Mapping[str, Sequence[Bucket]] = field(default_factory=dict)
    """By metric: its series as far back as anything looks, oldest first."""
    usual: Mapping[str, Baseline | None] = field(default_factory=dict)
    """By metric: what it is at this hour of the week."""
    answered: Mapping[str, Answer | str] = field(default_factory=dict)
    """By query: what Prometheus said, or why it said nothing."""
    seen: frozenset[str] = frozenset()
    """Metrics that were read before, at any time."""

    def now(self, metric: str) -> float:
        if metric not in self.values:
            raise Unknown(f"{metric} could not be read: {self.missing.get(metric, 'nobody has read it yet')}")
        return self.values[metric]

    def lately(self, metric: str, span: timedelta) -> tuple[Sequence[Point], float]:
        since = self.at - span
        points = [(each.at.timestamp(), each.mean) for each in self.history.get(metric, ()) if each.at >= since]
        if not points:
            raise Unknown(f"{metric} could not be read: {self.missing.get(metric, 'nobody has read it yet')}")
        return points, self.at.timestamp()
