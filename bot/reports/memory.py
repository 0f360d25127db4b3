"""The document's memory analysis: peak, average, growth, distribution and recommendations of the last 24 hours."""

from __future__ import annotations

from bot.reports.daily import MEMORY, as_suggestion, suggested
from bot.reports.facts import Facts, Metric, Period, gaps_of
from bot.reports.finding import finding
from bot.reports.model import Chart, Line, Number, Report, Suggestion, Table
from bot.watch.advice import figure, leak
from bot.watch.analysis import Pattern
from bot.watch.series import HOUR, widened

CONTROLLERS, READY = "video_controllers", "ready_videos"


def memory(facts: Facts) -> Report:
    """The report about this one metric, in depth."""
    metric = facts.metrics.get(MEMORY)
    if metric is None or metric.seen is None:
        return _without_samples(facts)
    only = Facts(facts.period, {MEMORY: metric}, measured_since=facts.measured_since)
    mark, text = finding(only, "the day before")
    leaking = leak(*(facts.metrics[name].buckets if name in facts.metrics else () for name in (CONTROLLERS, READY)))
    suggestions: list[Suggestion] = [as_suggestion(leaking)] if leaking else []
    return Report(
        name="memory",
        period=facts.period.spoken(),
        headline=text,
        mark="notable" if leaking and mark == "quiet" else mark,
        numbers=_numbers(metric, metric.seen),
        charts=(_by_the_hour(facts.period, metric),),
        tables=(_distribution(metric.seen),),
        suggestions=(*suggestions, *suggested(only)),
        remarks=tuple(gaps_of(only)),
    )


def _without_samples(facts: Facts) -> Report:
    remarks = tuple(gaps_of(facts)) or (f"monitoring.yml has no {MEMORY}.",)
    text = "no samples yet" if facts.young else "no samples"
    return Report(name="memory", period=facts.period.spoken(), headline=text, remarks=remarks)


def _numbers(metric: Metric, seen: Pattern) -> tuple[Number, ...]:
    before = metric.before
    trend = f"{seen.trend.direction}, {seen.trend.per_second:+.4f} MB/s" if seen.trend else "too little to go by"
    return (
        Number("peak", metric.shown(seen.peak), metric.shown(before.peak) if before else ""),
        Number("average", metric.shown(seen.average), metric.shown(before.average) if before else ""),
        Number("trend", trend),
        Number("now", metric.shown(seen.latest)),
    )


def _by_the_hour(period: Period, metric: Metric) -> Chart:
    hours = widened(metric.buckets, HOUR)
    return Chart(
        "Memory by the hour",
        tuple(f"{period.wall(each.at):%H:%M}" for each in hours),
        (
            Line("average", tuple(round(each.mean, 1) for each in hours)),
            Line("peak", tuple(each.high for each in hours)),
        ),
        metric.sample.unit,
        metric.limit.warning if metric.limit else None,
    )


def _distribution(seen: Pattern) -> Table:
    return Table(
        "Distribution",
        ("so much of the time", "memory is at most"),
        tuple((f"{share} %", figure(value, "MB")) for share, value in seen.quantiles.items()),
    )
