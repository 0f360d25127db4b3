"""What is kept of a metric: buckets of time, narrow ones for recent days and wide ones for long ago. Pure.

It refuses to lose a peak: each bucket keeps the lowest value, the mean, the highest, and the number of its readings. A missing
bucket is a gap, and nothing here fills one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from oncall.values import dataclass

MINUTE, FIVE, HOUR = timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kept:
    """Buckets of this width are kept until this age; then they are merged into the next wider ones."""

    span: timedelta
    age: timedelta


KEPT = (Kept(MINUTE, timedelta(days=2)), Kept(FIVE, timedelta(days=14)), Kept(HOUR, timedelta(days=396)))
"""From narrow to wide; whatever is older than the last (13 months) is deleted."""
GAPS_KEPT = KEPT[1].age
"""How long the reason of a gap is kept; that there was a gap can be seen for as long as its neighbours are kept."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one metric was from `at` for the length of `span`."""

    at: datetime
    span: timedelta
    low: float
    mean: float
    high: float
    count: int = 1
    """How many readings it is made of."""

    @property
    def until(self) -> datetime:
        return self.at + self.span


@dataclass(frozen=True, slots=True)
class Gap:
    """When one metric could not be read, and why."""

    since: datetime
    until: datetime
    why: str


def beginning(at: datetime, span: timedelta) -> datetime:
    """When the bucket of that width begins in which an instant lies."""
    return at - (at - _EPOCH) % span


def one(at: datetime, value: float) -> Bucket:
    """A single reading, in its minute."""
    return Bucket(beginning(at, MINUTE), MINUTE, value, value, value)


def together(buckets: Sequence[Bucket], at: datetime, span: timedelta) -> Bucket:
    """Several buckets merged into one; there must be at least one."""
    count = readings(buckets)
    mean = sum(each.mean * each.count for each in buckets) / count
    return Bucket(at, span, min(each.low for each in buckets), mean, max(each.high for each in buckets), count)


def widened(buckets: Iterable[Bucket], span: timedelta) -> list[Bucket]:
    """The same readings in wider buckets, oldest first."""
    in_order = sorted(buckets, key=lambda each: each.at)
    groups = groupby(in_order, key=lambda each: beginning(each.at, span))
    return [together(list(group), at, span) for at, group in groups]


def ripe(now: datetime, finer: Kept, coarser: Kept) -> datetime:
    """Up to which instant narrow buckets are merged into wider ones: only whole wide ones are made, so that each is made once."""
    return beginning(now - finer.age, coarser.span)


def readings(buckets: Iterable[Bucket]) -> int:
    """How many readings the buckets are made of."""
    return sum(each.count for each in buckets)
