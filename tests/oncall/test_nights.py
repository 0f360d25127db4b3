"""A night is quiet if nobody called in it; only whole nights of the shift count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from oncall.nights import quiet_nights

MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@pytest.mark.parametrize(
    ("called", "quiet"),
    [
        ([], 7),
        ([MONDAY + timedelta(hours=15)], 6),
        ([MONDAY + timedelta(hours=13), MONDAY + timedelta(hours=21, minutes=59)], 6),
        ([MONDAY + timedelta(hours=3)], 7),
        ([MONDAY + timedelta(hours=22)], 7),
    ],
)
def test_a_week_has_seven_nights_and_those_with_a_call_are_not_quiet(called: list[datetime], quiet: int) -> None:
    assert quiet_nights(called, MONDAY, MONDAY + WEEK, "UTC") == (quiet, 7)


def test_nights_are_those_of_the_zone_also_where_its_clock_changes() -> None:
    saturday = datetime(2026, 3, 28, 9, tzinfo=UTC)
    call = datetime(2026, 3, 29, 5, 30, tzinfo=UTC)  # 07:30 in Berlin, where the night was an hour shorter
    assert quiet_nights([call], saturday, saturday + timedelta(days=2), "Europe/Berlin") == (2, 2)
    assert quiet_nights([call], saturday, saturday + timedelta(days=2), "UTC") == (1, 2)


def test_a_shift_of_an_evening_has_no_night() -> None:
    assert quiet_nights([], MONDAY, MONDAY + timedelta(hours=14), "UTC") == (0, 0)
