"""A small Prometheus: the document's alert rules, and ours, evaluated on the sandbox's OpenVine.

Pure: `evaluate` takes what was active and the gauges, and answers with what is active now. A rule is inactive, pending
(its condition holds, but not yet for `for:`) or firing. Tells nobody: that is `alertmanager`'s part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.sandbox.openvine import Gauges

EVERY = timedelta(seconds=30)
"""The evaluation interval, simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One alerting rule. `gauge` is an attribute of `Gauges`; the threshold is in that gauge's unit."""

    name: str
    severity: str
    query: str
    hold: timedelta
    gauge: str
    above: float | None = None
    below: float | None = None
    message: str
    """The document's message; `{value}` stands where it has `{{ $value }}` and the unit."""
    humanized: bool = False
    """Whether the document has `humanizePercentage` there: four significant digits."""
    unit: str
    runbook_url: str

    @property
    def key(self) -> str:
        return f"{self.name}/{self.severity}"

    @property
    def threshold(self) -> float:
        return self.above if self.above is not None else self.below or 0.0

    def value(self, gauges: Gauges) -> float:
        return float(getattr(gauges, self.gauge))

    def holds(self, value: float) -> bool:
        return value > self.above if self.above is not None else value < self.threshold

    def shown(self, value: float) -> str:
        """The value with its unit, as Prometheus prints it in the message: `512.3MB`, `7.2%`, `1e+06ms`."""
        return f"{value:.4g}%" if self.humanized else f"{go_float(value)}{self.unit}"


def go_float(value: float) -> str:
    """As Go prints a float in `{{ $value }}`: the shortest that is exact, with an exponent from a million on."""
    text = repr(float(value)).removesuffix(".0")
    if abs(value) < 1e6 or "e" in text:
        return text
    digits = text.lstrip("-").replace(".", "").rstrip("0")
    return f"{value:.{len(digits) - 1}e}"


_RUNBOOKS = "https://docs.openvine.co/runbooks"

RULES: tuple[Rule, ...] = (
    Rule(
        name="video_memory_high",
        severity="P1",
        query="avg(video_memory_mb) > 500",
        hold=timedelta(minutes=5),
        gauge="memory_mb",
        above=500,
        message="Video system memory usage is {value} (threshold: 500MB)",
        unit="MB",
        runbook_url=f"{_RUNBOOKS}/memory-usage",
    ),
    Rule(
        name="video_crash_rate_high",
        severity="P0",
        query="rate(app_crashes[5m]) > 0.03",
        hold=timedelta(minutes=2),
        gauge="crash_rate",
        above=3,
        message="Video system crash rate is {value} (threshold: 3%)",
        humanized=True,
        unit="%",
        runbook_url=f"{_RUNBOOKS}/crash-rate",
    ),
    Rule(
        name="video_preload_slow",
        severity="P2",
        query="avg(preload_duration_ms) > 5000",
        hold=timedelta(minutes=10),
        gauge="preload_ms",
        above=5_000,
        message="Video preload time is {value} (threshold: 5000ms)",
        unit="ms",
        runbook_url=f"{_RUNBOOKS}/performance",
    ),
    Rule(
        name="video_load_success_low",
        severity="P1",
        query="avg(video_load_success_rate) < 85",
        hold=timedelta(minutes=5),
        gauge="load_success",
        below=85,
        message="Video load success rate is {value} (threshold: 85%)",
        unit="%",
        runbook_url=f"{_RUNBOOKS}/video-load-failures",
    ),
    Rule(
        name="video_load_success_low",
        severity="P0",
        query="avg(video_load_success_rate) < 5",
        hold=timedelta(minutes=5),
        gauge="load_success",
        below=5,
        message="Video load success rate is {value} (threshold: 5%)",
        unit="%",
        runbook_url=f"{_RUNBOOKS}/video-load-failures",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """A rule whose condition holds: since when, since when it fires (None: pending), and the last value."""

    since: datetime
    fired_at: datetime | None = None
    value: float

    @property
    def state(self) -> Literal["pending", "firing"]:
        return "firing" if self.fired_at is not None else "pending"


def evaluate(
    rules: Sequence[Rule], active: Mapping[str, Active], gauges: Gauges, at: datetime
) -> tuple[dict[str, Active], dict[str, Active]]:
    """What is active at `at`, and what was firing before and is no longer: (active now, just resolved), by rule key."""
    now: dict[str, Active] = {}
    resolved: dict[str, Active] = {}
    for rule in rules:
        before, value = active.get(rule.key), rule.value(gauges)
        if rule.holds(value):
            held = replace(before, value=value) if before is not None else Active(since=at, value=value)
            due = held.fired_at is None and at - held.since >= rule.hold
            now[rule.key] = replace(held, fired_at=at) if due else held
        elif before is not None and before.fired_at is not None:
            resolved[rule.key] = before
    return now, resolved


def fires_at(rule: Rule, active: Active) -> datetime | None:
    """When a pending rule will fire if nothing changes; None if it fires already."""
    return active.since + rule.hold if active.fired_at is None else None


def next_evaluation(rules: Sequence[Rule], active: Mapping[str, Active], last: datetime) -> datetime:
    """The next instant worth evaluating at: the interval, or the moment a pending rule completes its `for:`."""
    ends = [fires_at(rule, active[rule.key]) for rule in rules if rule.key in active]
    return min([last + EVERY, *(end for end in ends if end is not None and end > last)])
