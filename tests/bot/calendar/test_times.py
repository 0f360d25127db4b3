"""A rule of the wall clock comes round once on each of its local days, whatever the zone's clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calendar import Daily, Monthly, Rule, Weekly, next_time
from bot.calendar.times import latest_passed

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca")
zones = st.sampled_from(ZONES)
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
instants = st.integers(0, 7 * 366 * 1440).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def run_of(rule: Rule, zone: str, at: datetime, times: int) -> list[datetime]:
    """As the rows would have it: each time planned behind the one before."""
    found = [next_time(rule, zone, at)]
    while len(found) < times:
        found.append(next_time(rule, zone, found[-1], found[-1]))
    return found


@given(clocks, zones, instants)
def test_every_day_once_on_the_walls_own_time_over_both_clock_changes(clock: time, zone: str, at: datetime) -> None:
    days = [instant.astimezone(ZoneInfo(zone)) for instant in run_of(Daily(clock), zone, at, 400)]
    assert all(later.date() - earlier.date() == timedelta(days=1) for earlier, later in pairwise(days))
    moved = [day for day in days if day.time() != clock]
    assert len(moved) <= 2, "only where the clock jumps over the time itself"


@given(clocks, zones, instants)
def test_the_first_time_lies_ahead_and_within_a_day(clock: time, zone: str, at: datetime) -> None:
    first = next_time(Daily(clock), zone, at)
    assert timedelta(0) < first - at <= timedelta(hours=25)


def test_a_time_that_occurs_twice_is_the_first_and_one_that_does_not_exist_is_read_by_the_offset_before() -> None:
    berlin = "Europe/Berlin"
    autumn = next_time(Daily(time(2, 30)), berlin, datetime(2026, 10, 24, 12, tzinfo=UTC))
    spring = next_time(Daily(time(2, 30)), berlin, datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert autumn == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert spring == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (Weekly(0, time(9)), [date(2026, 1, 26), date(2026, 2, 2), date(2026, 2, 9)]),
        (Monthly(31, time(9)), [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]),
        (Monthly(1, time(9)), [date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)]),
    ],
)
def test_weeks_by_their_day_and_months_by_theirs_or_their_last(rule: Rule, days: list[date]) -> None:
    found = run_of(rule, "Europe/Berlin", datetime(2026, 1, 20, tzinfo=UTC), 3)
    assert [instant.astimezone(ZoneInfo("Europe/Berlin")).date() for instant in found] == days


def test_of_several_times_missed_the_last_is_meant_and_the_next_comes_as_ever() -> None:
    rule, due = Daily(time(8)), datetime(2026, 1, 6, 8, tzinfo=UTC)
    back = datetime(2026, 1, 9, 6, tzinfo=UTC)
    meant = latest_passed(rule, "UTC", due, back)
    assert meant == datetime(2026, 1, 8, 8, tzinfo=UTC)
    assert next_time(rule, "UTC", back, meant) == datetime(2026, 1, 9, 8, tzinfo=UTC)
