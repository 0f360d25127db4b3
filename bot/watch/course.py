"""The course of an incident's figure in one line: how it moved, where it is heading, and what is usual at this hour. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.formatting import spoken
from bot.watch.advice import figure, pace
from bot.watch.analysis import Baseline, Pattern, pattern
from bot.watch.model import Sample
from bot.watch.series import Bucket
from oncall.values import dataclass

LOOKED_AT = timedelta(minutes=30)
STALE = timedelta(minutes=2)
"""A figure older than this is shown with its age."""
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Course:
    """How one metric went recently."""

    sample: Sample
    seen: Pattern
    values: tuple[float, ...]
    usual: Baseline | None = None


def course(sample: Sample, buckets: Sequence[Bucket], until: datetime, usual: Baseline | None) -> Course | None:
    """`None` if nothing was read."""
    seen = pattern(buckets, buckets[0].at, until) if buckets else None
    return Course(sample, seen, tuple(each.mean for each in buckets), usual) if seen else None


def line(one: Course, at: datetime) -> str:
    """`▂▃▅▆▇█ 318 → 612 MB in 30 min · rising 9.8 MB/min · usually 320 MB at this hour`."""
    return " · ".join(_parts(one, at))


def _parts(one: Course, at: datetime) -> Iterator[str]:
    seen, unit = one.seen, one.sample.unit
    if len(one.values) > 1:
        took = spoken(seen.latest_at - seen.since)
        yield f"{sparkline(one.values)} {figure(one.values[0])} → {figure(one.values[-1], unit)} in {took}"
    else:
        yield figure(seen.latest, unit)
    if seen.trend is not None and seen.trend.direction != "steady" and _tells(one):
        yield pace(seen, unit)
    if one.usual is not None:
        yield f"usually {figure(one.usual.value, unit)} at this hour"
    if at - seen.latest_at > STALE:
        yield f"read {spoken(at - seen.latest_at)} ago"


def _tells(one: Course) -> bool:
    """Whether the trend describes the way it went: after a single jump at the end, the trend of the whole time says nothing."""
    went, seconds = one.values[-1] - one.values[0], (one.seen.latest_at - one.seen.since).total_seconds()
    by_trend = one.seen.trend.per_second * seconds if one.seen.trend is not None else 0.0
    return went * by_trend > 0 and 0.5 <= by_trend / went <= 2


def sparkline(values: Sequence[float], width: int = 16) -> str:
    """How a figure went, as a row of little bars: the latest reading comes last, the highest is the tallest. One value shows
    nothing."""
    if len(values) < 2:
        return ""
    last = len(values) - 1
    count = min(width, len(values))
    shown = [values[place * last // (count - 1)] for place in range(count)]
    low, high = min(shown), max(shown)
    steps = len(_BARS) - 1
    return "".join(_BARS[round((value - low) / (high - low) * steps) if high > low else 0] for value in shown)
