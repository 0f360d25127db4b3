"""The weekly trend report, this week beside last: the document's memory, performance and errors, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from bot.reports.daily import numbers_of, suggested, unread_of
from bot.reports.facts import Facts, Metric, by_day, gaps_of, table_of
from bot.reports.finding import finding
from bot.reports.model import Chart, Line, Number, Report
from bot.watch.analysis import average
from bot.watch.reading import Reading
from bot.watch.series import Bucket

THAN = "last week"
_KEY = (
    ("video_memory_mb", "peak", "memory, peak"),
    ("video_memory_mb", "average", "memory, average"),
    ("preload_success_rate", "average", "preload success"),
    ("preload_time_ms", "average", "preload time"),
    ("error_rate", "average", "error rate"),
)
"""The figures of the document's weekly report: metric, which of its figures, its label."""


def weekly(
    facts: Facts, errors: tuple[str, ...] = (), readings: Mapping[str, Reading] = MappingProxyType({})
) -> Report:
    """`errors`: the most frequent ones, if an endpoint gives them; `readings`: what other endpoints give for the whole week."""
    mark, text = finding(facts, THAN)
    incidents = Number("incidents", facts.incidents.spoken(), facts.incidents_before.spoken())
    if mark == "quiet" and not facts.incidents.opened:
        memory = facts.metrics.get("video_memory_mb")
        peak = f". Memory peak {memory.shown(memory.seen.peak)}" if memory and memory.seen else ""
        text = f"{text}{peak}"
    elif mark == "quiet":
        mark, text = "notable", f"{facts.incidents.spoken()} incidents, {text} otherwise"
    metrics = table_of(facts, THAN)
    return Report(
        name="weekly",
        period=facts.period.spoken(),
        headline=text,
        mark=mark,
        numbers=(*_numbers(facts), *numbers_of(readings), incidents),
        charts=tuple(_charts(facts)),
        tables=(metrics,) if metrics else (),
        suggestions=tuple(suggested(facts)),
        remarks=(*(f"Frequent error: {error}" for error in errors[:5]), *unread_of(readings), *gaps_of(facts)),
    )


def _numbers(facts: Facts) -> Iterator[Number]:
    for name, which, label in _KEY:
        metric = facts.metrics.get(name)
        if metric is not None and metric.seen is not None:
            before = metric.shown(getattr(metric.before, which)) if metric.before else ""
            yield Number(label, metric.shown(getattr(metric.seen, which)), before)


def _charts(facts: Facts) -> Iterator[Chart]:
    """Memory, as in the document, and the other metric that is furthest from last week."""
    memory = facts.metrics.get("video_memory_mb")
    if memory is not None and memory.seen is not None:
        yield day_chart(memory, facts)


def day_chart(metric: Metric, facts: Facts) -> Chart:
    """One line with the average of each day, one with its worst value."""
    days = by_day(metric, facts.period)
    means = tuple(round(average(found), 2) if found else None for _, found in days)
    worst = tuple(_worst(metric, found) if found else None for _, found in days)
    return Chart(
        title=metric.sample.name,
        labels=tuple(f"{day:%a %d}" for day, _ in days),
        lines=(Line("average", means), Line("least" if metric.below else "peak", worst)),
        unit=metric.sample.unit,
        limit=metric.limit.warning if metric.limit else None,
    )


def _worst(metric: Metric, found: Sequence[Bucket]) -> float:
    values = [each.low for each in found] if metric.below else [each.high for each in found]
    return round(min(values) if metric.below else max(values), 2)
