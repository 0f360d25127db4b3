"""What reports are made of: the samples of a period and of the period before it, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.formatting import spoken
from bot.reports.model import Table
from bot.watch.advice import figure, pace
from bot.watch.analysis import Pattern, pattern
from bot.watch.model import Monitoring, Sample, Threshold
from bot.watch.series import Bucket
from oncall.values import dataclass, field

WHOLE = 0.9
"""The part of a period that has to be known for the whole to count as known."""


@dataclass(frozen=True, slots=True)
class Period:
    """From and until (UTC, half-open), read by the local time of a zone."""

    since: datetime
    until: datetime
    timezone: str

    @property
    def before(self) -> Period:
        """The period of the same length just before it."""
        return Period(self.since - (self.until - self.since), self.since, self.timezone)

    def wall(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.timezone))

    def spoken(self) -> str:
        """`Tuesday, 24 November` for a day (the one in which most of it lies), else `16 to 22 November`."""
        first, last = self.wall(self.since), self.wall(self.until - timedelta(seconds=1))
        if self.until - self.since <= timedelta(hours=25):
            middle = self.wall(self.since + (self.until - self.since) / 2)
            return f"{middle:%A}, {middle.day} {middle:%B}"
        same = first.month == last.month
        return f"{first.day}{'' if same else f' {first:%B}'} to {last.day} {last:%B}"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric in a period and in the one before."""

    sample: Sample
    limit: Threshold | None
    buckets: Sequence[Bucket]
    seen: Pattern | None
    before: Pattern | None

    @property
    def below(self) -> bool:
        """Whether small values are the worrying ones."""
        return self.limit is not None and self.limit.below

    def shown(self, value: float) -> str:
        return figure(value, self.sample.unit)

    def worst(self, seen: Pattern) -> float:
        return seen.least if self.below else seen.peak


@dataclass(frozen=True, slots=True)
class Incidents:
    """How many there were, and of which severities."""

    opened: int = 0
    by_severity: Mapping[str, int] = field(default_factory=dict)
    late: int = 0
    """How many were not answered in time."""

    def spoken(self) -> str:
        if not self.opened:
            return "none"
        kinds = ", ".join(f"{count} {severity}" for severity, count in sorted(self.by_severity.items()) if count)
        return f"{self.opened} ({kinds})"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known of a period."""

    period: Period
    metrics: Mapping[str, Metric]
    incidents: Incidents = field(default_factory=Incidents)
    incidents_before: Incidents = field(default_factory=Incidents)
    monitored: bool = True
    """Whether there is a monitoring.yml at all."""
    measured_since: datetime | None = None
    """When the oldest sample that is kept was taken, of any metric; `None` if there is none yet."""

    @property
    def young(self) -> bool:
        """Whether measuring began within the period: then the time before is no gap."""
        return self.measured_since is None or self.measured_since > self.period.since

    @property
    def measured_for(self) -> timedelta:
        """For how much of the period the bot was measuring."""
        return self.period.until - max(self.period.since, self.measured_since or self.period.until)

    def known(self) -> list[Metric]:
        return [metric for metric in self.metrics.values() if metric.seen is not None]


def gathered(
    period: Period,
    monitoring: Monitoring | None,
    now: Mapping[str, Sequence[Bucket]],
    before: Mapping[str, Sequence[Bucket]],
    incidents: tuple[Incidents, Incidents] = (Incidents(), Incidents()),
    measured_since: datetime | None = None,
) -> Facts:
    """The facts, made of buckets by metric."""
    metrics = {
        name: _metric(sample, monitoring.thresholds.get(name), period, now.get(name, ()), before.get(name, ()))
        for name, sample in (monitoring.samples if monitoring else {}).items()
        if monitoring is not None
    }
    return Facts(period, metrics, *incidents, monitored=monitoring is not None, measured_since=measured_since)


def _metric(
    sample: Sample, limit: Threshold | None, period: Period, now: Sequence[Bucket], before: Sequence[Bucket]
) -> Metric:
    earlier = period.before
    return Metric(
        sample,
        limit,
        now,
        pattern(now, period.since, period.until, limit),
        pattern(before, earlier.since, earlier.until, limit),
    )


def table_of(facts: Facts, before: str) -> Table | None:
    """Every metric that is known: this period beside the one before."""
    rows = tuple(_row(metric, metric.seen) for metric in facts.known() if metric.seen is not None)
    return Table("Metrics", ("metric", "average", before, "worst", "trend"), rows) if rows else None


def _row(metric: Metric, seen: Pattern) -> tuple[str, ...]:
    trend = pace(seen, metric.sample.unit) if seen.trend and seen.trend.direction != "steady" else "steady"
    return (
        metric.sample.name,
        metric.shown(seen.average),
        metric.shown(metric.before.average) if metric.before else "–",
        metric.shown(metric.worst(seen)),
        trend if seen.trend else "–",
    )


def gaps_of(facts: Facts, least: float = WHOLE) -> list[str]:
    """What is not known of the period: gaps are told, and are not zeros."""
    if not facts.monitored:
        return ["There is no monitoring.yml, so nothing is measured."]
    if facts.young and not facts.known():
        return [_beginning(facts)]
    unknown = [metric.sample.name for metric in facts.metrics.values() if metric.seen is None]
    partly = [(metric.sample.name, share) for metric in facts.known() if (share := _covered(facts, metric)) < least]
    found = [_beginning(facts)] if facts.young else []
    found += [f"Of {', '.join(unknown)} nothing is known."] if unknown else []
    alike: dict[str, list[str]] = {}
    for name, share in partly:
        alike.setdefault(_percent(share), []).append(name)
    of_it = "that" if facts.young else "the"
    for known, names in alike.items():
        which = "Every metric" if len(names) == len(facts.metrics) > 1 else ", ".join(names)
        found.append(f"{which}: known of {known} of {of_it} time only.")
    return found


def _covered(facts: Facts, metric: Metric) -> float:
    """How much is known of the time in which the bot was measuring."""
    whole = (facts.period.until - facts.period.since) / facts.measured_for
    return min(1.0, metric.seen.covered * whole) if metric.seen else 0.0


def _beginning(facts: Facts) -> str:
    """`Too little yet: samples are kept since Sat 28 Nov 05:12, 3 h of 1 day.`"""
    if facts.measured_since is None:
        return "Samples are taken once a minute, while the bot runs."
    since, period = facts.period.wall(facts.measured_since), facts.period
    kept = f"Too little yet: samples are kept since {since:%a} {since.day} {since:%b %H:%M}"
    if facts.measured_for <= timedelta(0):
        return f"{kept}, and this is the time before."
    return f"{kept}, {spoken(facts.measured_for)} of {spoken(period.until - period.since)}."


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.01 else "less than 1 %"


def by_day(metric: Metric, period: Period) -> list[tuple[date, list[Bucket]]]:
    """The buckets of each local day of the period; a day without readings has none."""
    days: dict[date, list[Bucket]] = {}
    day, last = period.wall(period.since).date(), period.wall(period.until - timedelta(seconds=1)).date()
    while day <= last:
        days[day] = []
        day += timedelta(days=1)
    for bucket in metric.buckets:
        days.setdefault(period.wall(bucket.at).date(), []).append(bucket)
    return sorted(days.items())
