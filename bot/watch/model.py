"""What `monitoring.yml` says, as values: where each figure is read and where it becomes worrying. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from bot.alerts import Rule, Severity
from bot.watch.promql import metrics_in
from oncall.values import dataclass

How = Literal["number", "percent", "ratio", "flag"]
"""How a figure is written in the answer: 512 or "512" is a `number`; 87, "87" or "87%" is a `percent`; 0.87 is a `ratio`; as a
`flag`, true is 1 and false is 0."""
Concern = Literal["warning", "critical"]
DEFAULT_HOLD = timedelta(minutes=5)
"""How long a threshold has to be passed, unless the rule that it belongs to says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One figure that can be read."""

    name: str
    endpoint: str
    """A path under OPENVINE_API_URL: `/metrics/errors?range=5m`."""
    path: str
    """Where the figure stands in the answer; see `bot.runbooks.paths`."""
    unit: str = ""
    read: How = "number"
    called: str = ""
    """The name by which the rules' queries know it, if that is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Where a metric becomes worrying: above its limits, or below them if `critical` is the lower one."""

    metric: str
    warning: float
    critical: float
    severity: Mapping[Concern, Severity]
    rule: str | None = None
    """The rule that it belongs to, if the file says so."""

    @property
    def below(self) -> bool:
        """Whether small values are the worrying ones."""
        return self.critical < self.warning

    def concern(self, value: float) -> Concern | None:
        """The gravest limit that the value is beyond. A value exactly at a limit is not yet beyond it."""
        if value < self.critical if self.below else value > self.critical:
            return "critical"
        return "warning" if (value < self.warning if self.below else value > self.warning) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion of the document's levels, as far as a metric can express it. Exactly one of the conditions is set."""

    metric: str
    severity: Severity
    hold: timedelta = DEFAULT_HOLD
    above: float | None = None
    below: float | None = None
    above_usual: float | None = None
    """More than this much above what is usual at this hour of the week, in the metric's unit."""
    worse_by: float | None = None
    """More than this many percent worse than usual."""
    rising_for: timedelta | None = None
    """The trend over this time goes up."""
    good_when: Literal["low", "high"] = "low"
    only_while: str | None = None
    """A metric that has to be other than 0 for the criterion to count."""
    rule: str | None = None
    """The rule that it belongs to, if the file says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """The contents of `monitoring.yml`."""

    samples: Mapping[str, Sample]
    """By name, in the order of the file."""
    thresholds: Mapping[str, Threshold]
    """By metric."""
    levels: tuple[Criterion, ...] = ()

    def named(self, name: str) -> Sample | None:
        """The sample that a query means by this name."""
        return next((each for each in self.samples.values() if each.called == name), self.samples.get(name))

    def measuring(self, rule: Rule) -> Sample | None:
        """The sample that a rule is about: the one of its query, else the one of a threshold that belongs to it."""
        queried = filter(None, map(self.named, metrics_in(rule.query)))
        own = (self.samples.get(each.metric) for each in self.thresholds.values() if each.rule == rule.name)
        return next(queried, None) or next(own, None)
