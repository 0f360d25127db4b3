"""What a series of readings says: peak, average, trend, growth, distribution, and what is usual at this hour of the week. Pure.

It refuses to see a direction in noise: a trend is the median of all slopes (Theil–Sen), so that a single peak does not turn it, and
it is called rising or falling only if the distance it went exceeds both its own scatter and a few percent. What is usual is a
median over weeks, so that one bad week does not count. With too little to go by there is no answer, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, combinations
from statistics import median
from typing import Literal
from zoneinfo import ZoneInfo

from bot.watch.model import Concern, Threshold
from bot.watch.series import HOUR, Bucket, readings
from oncall.values import dataclass

Direction = Literal["rising", "falling", "steady"]
POINTS = 60
"""How many points a trend is made of at most: every pair of them is looked at."""
ENOUGH = 5
"""With fewer points than this there is no trend."""
NOTABLE = 0.05
"""By what part of its usual size a figure has to move to have a direction."""
WEEKS = 8
FEWEST_WEEKS = 2
_WEEK = timedelta(days=7)
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a figure is heading. `per_second` is in the figure's unit; for memory that is MB/s."""

    direction: Direction
    per_second: float

    def over(self, span: timedelta) -> float:
        """By how much the figure moves in that time."""
        return self.per_second * span.total_seconds()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a figure usually is at this hour of the week."""

    value: float
    weeks: int
    """How many weeks the median is taken from."""

    def above(self, value: float) -> float:
        """By how much a value lies above the usual one; negative if it lies below."""
        return value - self.value

    def off(self, value: float) -> float | None:
        """By how many percent a value lies above the usual one; `None` if the usual one is zero."""
        return (value - self.value) / abs(self.value) * 100 if self.value else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """How one metric went over a span of time."""

    since: datetime
    until: datetime
    peak: float
    peak_at: datetime
    least: float
    average: float
    latest: float
    latest_at: datetime
    trend: Trend | None
    """`None` means too little to go by."""
    quantiles: Mapping[int, float]
    """Percent of the readings → the value that as many of them do not exceed."""
    beyond: Mapping[Concern, float]
    """Concern → the percentage of the time beyond its limit; empty without a threshold."""
    readings: int
    covered: float
    """The part of the time, 0 to 1, for which anything is known."""


def pattern(
    buckets: Sequence[Bucket], since: datetime, until: datetime, threshold: Threshold | None = None
) -> Pattern | None:
    """The whole pattern; `None` if there are no buckets. `buckets` are oldest first."""
    if not buckets:
        return None
    highest = max(buckets, key=lambda each: each.high)
    known = sum((each.span for each in buckets), timedelta(0))
    return Pattern(
        since=since,
        until=until,
        peak=highest.high,
        peak_at=highest.at,
        least=min(each.low for each in buckets),
        average=average(buckets),
        latest=buckets[-1].mean,
        latest_at=buckets[-1].at,
        trend=trend(buckets),
        quantiles={share: quantile(buckets, share / 100) for share in (50, 90, 99)},
        beyond=beyond(buckets, threshold) if threshold else {},
        readings=readings(buckets),
        covered=min(1.0, known / (until - since)),
    )


def average(buckets: Sequence[Bucket]) -> float:
    """The mean of all readings. Raises `ZeroDivisionError` for none."""
    count = readings(buckets)
    return sum(each.mean * each.count for each in buckets) / count


def quantile(buckets: Sequence[Bucket], share: float) -> float:
    """The least value that this share of the readings does not exceed; all readings of a bucket are taken to be its mean."""
    in_order = sorted(buckets, key=lambda each: each.mean)
    passed = accumulate(each.count for each in in_order)
    wanted = share * readings(buckets)
    return next(each.mean for each, so_many in zip(in_order, passed, strict=True) if so_many >= wanted)


def beyond(buckets: Sequence[Bucket], threshold: Threshold) -> dict[Concern, float]:
    """For what percentage of the known time the value was at least that worrying."""
    known = sum((each.span for each in buckets), _NO_TIME)
    critical = sum((each.span for each in buckets if threshold.concern(each.mean) == "critical"), _NO_TIME)
    worrying = sum((each.span for each in buckets if threshold.concern(each.mean) is not None), _NO_TIME)
    return {"warning": worrying / known * 100, "critical": critical / known * 100}


def trend(buckets: Sequence[Bucket]) -> Trend | None:
    """Direction and pace; `None` if there are too few points."""
    points = _thinned([(each.at.timestamp(), each.mean) for each in buckets])
    if len(points) < ENOUGH:
        return None
    slope = median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2) if b[0] > a[0])
    way = slope * (points[-1][0] - points[0][0])
    foot = median(value - slope * at for at, value in points)
    scatter = median(abs(value - slope * at - foot) for at, value in points)
    size = median(abs(value) for _, value in points)
    if abs(way) <= max(2 * scatter, NOTABLE * size):
        return Trend("steady", slope)
    return Trend("rising" if way > 0 else "falling", slope)


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `POINTS` points, each the mean of its neighbours."""
    each = -(-len(points) // POINTS) or 1
    groups = [points[place : place + each] for place in range(0, len(points), each)]
    return [(sum(at for at, _ in g) / len(g), sum(value for _, value in g) / len(g)) for g in groups]


def same_hours(at: datetime, timezone: str, weeks: int = WEEKS) -> list[tuple[datetime, datetime]]:
    """The same hour of the week in the weeks before, by the team's local time: (since, until) in UTC, newest first."""
    zone = ZoneInfo(timezone)
    hour = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    begins = [(hour - _WEEK * back).astimezone(UTC) for back in range(1, weeks + 1)]
    return [(since, since + HOUR) for since in begins]


def baseline(hours: Sequence[Sequence[Bucket]]) -> Baseline | None:
    """What is usual: the median of the means of those hours for which anything is known; `None` with fewer than two weeks."""
    means = [average(hour) for hour in hours if hour]
    return Baseline(median(means), len(means)) if len(means) >= FEWEST_WEEKS else None
