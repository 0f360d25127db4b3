"""Facts for reports: periods for which a few readings are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.reports.facts import Facts, Incidents, Period, gathered
from bot.watch.series import HOUR, Bucket
from tests.bot.usecases.house import SHIPPED

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = Period(MONDAY, MONDAY + timedelta(days=1), "UTC")
WEEK = Period(MONDAY - timedelta(days=7), MONDAY, "UTC")
MONTH = Period(MONDAY - timedelta(days=30), MONDAY, "UTC")


def hourly(since: datetime, values: Sequence[float | None]) -> list[Bucket]:
    """One bucket an hour; `None` is a gap."""
    found = [(since + place * HOUR, value) for place, value in enumerate(values)]
    return [Bucket(at, HOUR, value, value, value, 60) for at, value in found if value is not None]


def facts(
    period: Period,
    now: Mapping[str, Sequence[float | None]],
    before: Mapping[str, Sequence[float | None]] | None = None,
    incidents: Incidents | None = None,
) -> Facts:
    """Facts with hourly values of each metric, from the beginning of the period on."""
    return gathered(
        period,
        SHIPPED.monitoring,
        {name: hourly(period.since, values) for name, values in now.items()},
        {name: hourly(period.before.since, values) for name, values in (before or {}).items()},
        (incidents or Incidents(), Incidents()),
        measured_since=period.before.since,
    )
