"""The headline of a report: the gravest finding of a period, or that nothing was above a limit."""

from __future__ import annotations

from collections.abc import Iterator

from bot.reports.facts import WHOLE, Facts, Metric
from bot.reports.model import Mark
from bot.watch.advice import pace
from bot.watch.analysis import Pattern

NOTABLE_CHANGE = 0.2
"""By what part an average has to change from the period before to be worth a headline: the document's “degradation > 20 %”."""
LONGEST_WARNING = 1.0
"""Up to how many percent of the time beyond a warning are not worth mentioning."""


def finding(facts: Facts, than: str) -> tuple[Mark, str]:
    """The headline, and how grave it is. `than` names the period before: `last week`."""
    found = sorted((*_beyond(facts), *_changes(facts, than)), key=lambda each: each[0])
    if found:
        _, mark, text = found[0]
        return mark, text
    if not facts.known():
        return "notable", "no samples yet" if facts.young else "no samples"
    if not all(map(_is_whole, facts.metrics.values())):
        return "notable", f"nothing above a limit{' so far' if facts.young else ', as far as was measured'}"
    return "quiet", "nothing above a limit"


def _is_whole(metric: Metric) -> bool:
    """Whether enough is known of a metric that has a limit: what nobody knows is not called quiet."""
    return metric.limit is None or (metric.seen is not None and metric.seen.covered >= WHOLE)


def _beyond(facts: Facts) -> Iterator[tuple[float, Mark, str]]:
    for metric in facts.known():
        seen, limit = metric.seen, metric.limit
        if seen is None or limit is None:
            continue
        critical, warning = seen.beyond.get("critical", 0.0), seen.beyond.get("warning", 0.0)
        if critical:
            yield -1_000 - critical, "bad", _said(metric, seen, limit.critical, critical)
        elif warning > LONGEST_WARNING:
            yield -100 - warning, "notable", _said(metric, seen, limit.warning, warning)


def _said(metric: Metric, seen: Pattern, limit: float, share: float) -> str:
    word, of = "below" if metric.below else "above", "" if seen.covered >= WHOLE else "measured "
    often = f"{share:.0f} % of the {of}time" if share >= 1 else f"less than 1 % of the {of}time"
    return f"{metric.sample.name} was {word} {metric.shown(limit)} for {often}, at worst {metric.shown(metric.worst(seen))}"


def _changes(facts: Facts, than: str) -> Iterator[tuple[float, Mark, str]]:
    for metric in facts.known():
        change = change_of(metric)
        if metric.limit is None or change is None:
            continue
        worse = change < 0 if metric.below else change > 0
        if worse and abs(change) > NOTABLE_CHANGE:
            word = "lower" if change < 0 else "higher"
            yield (
                -abs(change),
                "notable",
                f"{metric.sample.name} is {abs(change) * 100:.0f} % {word} than {than}{_trend(metric)}",
            )


def change_of(metric: Metric) -> float | None:
    """By what part the average has changed; `None` if it is not known or was zero."""
    if metric.seen is None or metric.before is None or not metric.before.average:
        return None
    return (metric.seen.average - metric.before.average) / abs(metric.before.average)


def _trend(metric: Metric) -> str:
    seen = metric.seen
    if seen is None or seen.trend is None or seen.trend.direction == "steady":
        return ""
    return f" and {pace(seen, metric.sample.unit)}"
