"""The outcome of evaluating a condition: for which series it holds and with which value, or why nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.watch.analysis import Baseline
from bot.watch.ranges import Point
from bot.watch.series import Bucket
from oncall.values import dataclass, field


class Unknown(Exception):
    """Nobody knows whether the condition holds; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """The condition holds."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    """The labels of the series, if there are several."""
    text: str = ""
    """What the alert says; if empty, the rule's message says it."""


Answer = Mapping[str, Found]
"""Series → what was found; empty if the condition holds for none."""
OWN = ""
"""The name of a sample's only series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that conditions are evaluated on, at one instant."""

    at: datetime
    values: Mapping[str, float] = field(default_factory=dict)
    """By metric: the value just read."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Why a metric could not be read."""
    history: Mapping[str, Sequence[Bucket]] = field(default_factory=dict)
    """By metric: its series as far back as any condition looks, oldest first."""
    usual: Mapping[str, Baseline | None] = field(default_factory=dict)
    """By metric: what is usual at this hour of the week."""
    answered: Mapping[str, Answer | str] = field(default_factory=dict)
    """By query: Prometheus's answer, or why there is none."""
    seen: frozenset[str] = frozenset()
    """Metrics that have been read at any time before."""

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
