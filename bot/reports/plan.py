"""Which reports are made when, and what each looks at, as `maintenance.yml` says. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from bot.runbooks.logs import LogQuery
from bot.watch.model import Sample
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """A place in an answer: an endpoint under OPENVINE_API_URL and a path into its answer."""

    endpoint: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class DailyPlan:
    at: time
    figures: Mapping[str, Sample] = field(default_factory=dict)
    """The figures that the endpoints of the health check give, by their names."""


@dataclass(frozen=True, slots=True)
class LogsPlan:
    at: time
    questions: tuple[LogQuery, ...]


@dataclass(frozen=True, slots=True)
class WeeklyPlan:
    weekday: int
    at: time
    mail: bool = True
    """Whether the team also gets it by mail."""
    errors: Source | None = None
    figures: Mapping[str, Sample] = field(default_factory=dict)
    """The figures that endpoints give for the week as a whole, by their names."""


@dataclass(frozen=True, slots=True)
class ExperimentsPlan:
    weekday: int
    at: time
    source: Source
    runbook: str = ""
    """The runbook that raises a rollout to 100 %, once somebody has confirmed it."""


@dataclass(frozen=True, slots=True)
class MonthlyPlan:
    day: int
    at: time
    parameters: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`jobs` of `maintenance.yml`. A report that is missing there is never made."""

    daily: DailyPlan | None = None
    logs: LogsPlan | None = None
    weekly: WeeklyPlan | None = None
    experiments: ExperimentsPlan | None = None
    monthly: MonthlyPlan | None = None
