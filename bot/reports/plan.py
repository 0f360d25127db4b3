"""Which reports come round, and what each looks at, as `maintenance.yml` says it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from bot.runbooks.logs import LogQuery
from bot.watch.model import Sample
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """A place in an answer: an endpoint under OPENVINE_API_URL and a path into what it says."""

    endpoint: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class DailyPlan:
    at: time
    figures: Mapping[str, Sample] = field(default_factory=dict)
    """What the endpoints of the health check give, by what each is called."""


@dataclass(frozen=True, slots=True)
class LogsPlan:
    at: time
    questions: tuple[LogQuery, ...]


@dataclass(frozen=True, slots=True)
class WeeklyPlan:
    weekday: int
    at: time
    mail: bool = True
    """Whether the team gets it by mail, too."""
    errors: Source | None = None
    figures: Mapping[str, Sample] = field(default_factory=dict)
    """What endpoints give for the week as a whole, by what each is called."""


@dataclass(frozen=True, slots=True)
class ExperimentsPlan:
    weekday: int
    at: time
    source: Source
    runbook: str = ""
    """The one that raises a rollout to 100 %, once somebody has confirmed it."""


@dataclass(frozen=True, slots=True)
class MonthlyPlan:
    day: int
    at: time
    parameters: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`jobs` of `maintenance.yml`. What is not there does not come round."""

    daily: DailyPlan | None = None
    logs: LogsPlan | None = None
    weekly: WeeklyPlan | None = None
    experiments: ExperimentsPlan | None = None
    monthly: MonthlyPlan | None = None
