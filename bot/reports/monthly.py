"""The monthly configuration review: parameter, current → recommended, the reason and the expected effect, from a month of samples.

The rules are the document's own remedies, each with the figure that calls for it: smaller pools if memory is near its limit (25
videos, 1 ahead, 0 behind), longer time-outs and more retries if preloading fails (20 s, 5). It recommends nothing on less than two
weeks of samples, and nothing for a parameter whose current value is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.reports.facts import Facts, Metric, gaps_of, table_of
from bot.reports.model import Report, Suggestion, Table
from bot.watch.analysis import Pattern

ENOUGH = 0.45
"""The part of the month that has to be known."""
Recommended = tuple[str, str, str, str, str]
"""Parameter, current, recommended, reason, impact."""


def monthly(facts: Facts, config: Mapping[str, Any], trouble: str = "") -> Report:
    """`config`: the present parameters; `trouble`: why they are not known."""
    known = [metric for metric in facts.known() if metric.seen is not None and metric.seen.covered >= ENOUGH]
    if not known:
        headline = "too little was measured to recommend anything"
        return _report(facts, headline, (), (*([trouble] if trouble else []), *gaps_of(facts, ENOUGH)))
    found = [each for rule in RULES for each in rule(facts, config)]
    text = f"{len(found)} change{'s' if len(found) != 1 else ''} recommended" if found else "nothing to change"
    return _report(facts, text, tuple(found), (*([trouble] if trouble else []), *gaps_of(facts)))


def _report(facts: Facts, text: str, found: tuple[Recommended, ...], remarks: tuple[str, ...]) -> Report:
    metrics = table_of(facts, "the month before")
    changes = Table("Recommended", ("parameter", "now", "recommended"), tuple(each[:3] for each in found))
    return Report(
        name="monthly",
        period=facts.period.spoken(),
        headline=text,
        mark="notable" if found else "quiet",
        tables=tuple(table for table in (changes, metrics) if table is not None) if found else (),
        suggestions=tuple(Suggestion(f"{name}: {now} → {then}", why, impact) for name, now, then, why, impact in found),
        remarks=remarks,
    )


def _solid(facts: Facts, name: str) -> tuple[Metric, Pattern] | None:
    metric = facts.metrics.get(name)
    if metric is None or metric.seen is None or metric.seen.covered < ENOUGH or metric.limit is None:
        return None
    return metric, metric.seen


def _known(config: Mapping[str, Any], name: str) -> float | None:
    now = config.get(name)
    return now if isinstance(now, int | float) and not isinstance(now, bool) else None


def _memory(facts: Facts, config: Mapping[str, Any]) -> Iterator[Recommended]:
    """If memory is near its limit for a tenth of the month, a smaller pool."""
    if (found := _solid(facts, "video_memory_mb")) is None:
        return
    metric, seen = found
    assert metric.limit is not None  # noqa: S101 - `_solid` looked
    high, often = seen.quantiles[90], seen.beyond.get("warning", 0.0)
    if high <= metric.limit.warning:
        return
    limit = metric.shown(metric.limit.warning)
    why = f"memory was above {limit} for {often:.0f} % of the month (9 of 10 readings up to {metric.shown(high)})"
    for name, to, impact in (
        ("maxVideos", 25, "memory falls with the number of videos that are held"),
        ("preloadAhead", 1, "fewer videos are held ready; the next one may begin later"),
        ("preloadBehind", 0, "going back loads the video again"),
    ):
        if (now := _known(config, name)) is not None and now > to:
            yield name, f"{now:g}", f"{to:g}", why, impact


def _preloading(facts: Facts, config: Mapping[str, Any]) -> Iterator[Recommended]:
    """If preloads fail too often, more time and more tries."""
    if (found := _solid(facts, "preload_success_rate")) is None:
        return
    metric, seen = found
    assert metric.limit is not None  # noqa: S101 - `_solid` looked
    if seen.average >= metric.limit.warning:
        return
    why = f"preloads succeeded in {metric.shown(seen.average)} on average (warning below {metric.shown(metric.limit.warning)})"
    for name, to, impact in (
        ("preloadTimeoutSeconds", 20, "slow networks finish more of their preloads"),
        ("preloadTimeout", 20, "slow networks finish more of their preloads"),
        ("maxRetries", 5, "passing failures are got over"),
    ):
        if (now := _known(config, name)) is not None and now < to:
            yield name, f"{now:g}", f"{to:g}", why, impact


def _thresholds(facts: Facts, _config: Mapping[str, Any]) -> Iterator[Recommended]:
    """A warning that is on for half of the month warns of nothing: a higher threshold."""
    for metric in facts.known():
        found = _solid(facts, metric.sample.name)
        if found is None or metric.limit is None or metric.below:
            continue
        seen, often = found[1], found[1].beyond.get("warning", 0.0)
        calm = seen.quantiles[90]
        if often < 50 or seen.beyond.get("critical", 0.0) or not metric.limit.warning < calm < metric.limit.critical:
            continue
        name, now, to = f"the warning of {metric.sample.name}", metric.shown(metric.limit.warning), metric.shown(calm)
        why = f"it was on for {often:.0f} % of the month, and nothing was ever critical"
        yield name, now, to, why, "it warns of what is unusual again"


RULES: tuple[Callable[[Facts, Mapping[str, Any]], Iterator[Recommended]], ...] = (_memory, _preloading, _thresholds)
