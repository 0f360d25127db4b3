"""What a report is, independent of its subject and of how it is shown."""

from __future__ import annotations

from typing import Literal

from oncall.values import dataclass

Name = Literal["daily", "weekly", "experiments", "monthly", "memory", "logs", "insights"]
Mark = Literal["quiet", "notable", "bad"]


@dataclass(frozen=True, slots=True)
class Number:
    """One figure, and the same one of the period before; empty if that is not known."""

    label: str
    now: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; `None` at places where nothing is known."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ChartEvent:
    """Something that happened, at one of a chart's places."""

    place: int
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: how something went over time."""

    title: str
    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    unit: str = ""
    limit: float | None = None
    events: tuple[ChartEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What could be done, why, and what effect to expect."""

    what: str
    why: str
    impact: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A runbook that does what a report suggests; it asks before it changes anything."""

    text: str
    runbook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report. A quiet one is only its headline."""

    name: Name
    period: str
    """`Tuesday, 24 November`, `16 to 22 November`."""
    headline: str
    mark: Mark = "notable"
    numbers: tuple[Number, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    remarks: tuple[str, ...] = ()
    """What is not known, and why."""
    offer: Offer | None = None

    @property
    def title(self) -> str:
        return f"{TITLES[self.name]}, {self.period}"


TITLES: dict[Name, str] = {
    "daily": "Health check",
    "weekly": "Week",
    "experiments": "Experiments",
    "monthly": "Configuration review",
    "memory": "Memory",
    "logs": "Logs",
    "insights": "Insights",
}
MARKS: dict[Mark, str] = {"quiet": "🟢", "notable": "🟡", "bad": "🟠"}
