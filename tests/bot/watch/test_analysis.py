"""What a series says, against cases computed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.watch.advice import Advice, figure, leak, recommendations
from bot.watch.analysis import Baseline, Trend, baseline, pattern, quantile, same_hours, trend
from bot.watch.course import course, line, sparkline
from bot.watch.model import Sample, Threshold
from bot.watch.series import HOUR, Bucket, one

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
MEMORY = Sample(name="video_memory_mb", endpoint="/m", path="a", unit="MB")
LIMIT = Threshold(metric="video_memory_mb", warning=500, critical=800, severity={"warning": "P2", "critical": "P1"})


def minutes(values: Sequence[float | None]) -> list[Bucket]:
    """One value a minute; `None` is a gap."""
    return [one(NOON + timedelta(minutes=n), v) for n, v in enumerate(values) if v is not None]


def hour(day: int, mean: float, at: int = 12) -> list[Bucket]:
    return [Bucket(datetime(2026, 11, day, at, tzinfo=UTC), HOUR, mean, mean, mean, 60)]


def test_a_steady_growth_is_rising_at_its_pace() -> None:
    assert trend(minutes([100, 160, 220, 280, 340])) == Trend("rising", 1.0)


def test_the_trend_is_the_median_of_all_slopes_and_not_the_first_against_the_last() -> None:
    """Ten times 100, then one peak of 900: the median of the 55 slopes is nought."""
    assert trend(minutes([100] * 10 + [900])) == Trend("steady", 0)
    assert trend(minutes([900] + [100] * 10)) == Trend("steady", 0)


def test_a_fall_through_a_peak_is_falling() -> None:
    """Slopes per minute of 400 340 280 900 160 100: 15 pairs, their median is -60 MB a minute."""
    assert trend(minutes([400, 340, 280, 900, 160, 100])) == Trend("falling", -1.0)


def test_a_way_within_its_own_scatter_has_no_direction() -> None:
    found = trend(minutes([100, 140, 96, 150, 104, 144, 110, 148]))
    assert found is not None and found.direction == "steady"


def test_a_few_percent_of_its_size_are_no_direction() -> None:
    assert (found := trend(minutes([1000, 1010, 1020, 1030, 1040]))) is not None and found.direction == "steady"


def test_a_gap_bends_no_trend_and_too_few_points_have_none() -> None:
    assert trend(minutes([100, None, None, 280, 340, 400, 460])) == Trend("rising", 1.0)
    assert trend(minutes([100, None, None, 280])) is None


def test_a_day_of_minutes_is_a_trend_of_sixty_points() -> None:
    found = trend(minutes([300 + n * 0.6 for n in range(1440)]))
    assert found is not None and found.direction == "rising"
    assert found.per_second == pytest.approx(0.01)


def test_peak_average_and_distribution_count_every_reading() -> None:
    """Nine minutes and one bucket of five: 14 readings, their sum is 300·7 + 600·2 + 900·5 = 7,800."""
    late = Bucket(NOON + timedelta(minutes=10), timedelta(minutes=5), 850, 900, 1_000, 5)
    seen = pattern([*minutes([300] * 7 + [600, 600]), late], NOON, NOON + timedelta(minutes=20), LIMIT)
    assert seen is not None
    assert (seen.peak, seen.peak_at, seen.least, seen.readings) == (1_000, late.at, 300, 14)
    assert seen.average == pytest.approx(7_800 / 14)
    assert seen.quantiles == {50: 300, 90: 900, 99: 900}
    assert seen.beyond == {"warning": 7 / 14 * 100, "critical": 5 / 14 * 100}
    assert seen.covered == 14 / 20
    assert (seen.latest, seen.latest_at) == (900, late.at)


def test_the_quantile_is_the_least_value_that_so_many_do_not_exceed() -> None:
    found = minutes([5, 1, 4, 2, 3])
    assert [quantile(found, share) for share in (0.2, 0.5, 0.8, 1)] == [1, 3, 4, 5]


def test_nothing_read_says_nothing() -> None:
    assert pattern([], NOON, NOON + HOUR) is None


def test_what_is_usual_is_the_median_of_the_same_hour_in_the_weeks_before() -> None:
    assert baseline([hour(20, 300), hour(13, 900), [], hour(6, 320)]) == Baseline(320, 3)
    assert baseline([hour(20, 300), [], []]) is None
    assert Baseline(320, 3).off(400) == 25 and Baseline(2.0, 3).above(5.5) == 3.5 and Baseline(0, 2).off(1) is None


def test_the_same_hour_is_the_teams_hour_across_a_change_of_the_clock() -> None:
    """In Berlin summer time ended on 25 October 2026: noon was 10:00 UTC before, and is 11:00 UTC since."""
    at = datetime(2026, 11, 2, 11, 30, tzinfo=UTC)
    begins = [since for since, _ in same_hours(at, "Europe/Berlin", 2)]
    assert begins == [datetime(2026, 10, 26, 11, tzinfo=UTC), datetime(2026, 10, 19, 10, tzinfo=UTC)]
    assert same_hours(NOON, "UTC", 1) == [(NOON - timedelta(days=7), NOON - timedelta(days=7) + HOUR)]


def test_more_controllers_than_ready_videos_for_five_minutes_are_a_leak() -> None:
    found = leak(minutes([8, 9, 20, 20, 20, 20, 20]), minutes([9, 9, 8, 8, 8, 8, 8]))
    assert found == Advice(
        "Look for a controller leak; an emergency clean-up frees what has leaked",
        "20 controllers for 8 ready videos, for 5 minutes: some are not disposed of",
    )
    assert leak(minutes([20, 20, 8, 20, 20]), minutes([8] * 5)) is None
    assert leak(minutes([20] * 4), minutes([8] * 4)) is None
    assert leak(minutes([20] * 9), minutes([8, 8, 8, None, None, None, None, None, None])) is None


def advised(values: Sequence[float]) -> list[Advice]:
    seen = pattern(minutes(values), NOON, NOON + timedelta(minutes=len(values)), LIMIT)
    assert seen is not None
    return recommendations({"video_memory_mb": seen}, {"video_memory_mb": MEMORY}, {"video_memory_mb": LIMIT})


def test_a_recommendation_has_its_reason_and_the_most_pressing_comes_first() -> None:
    """At 60 MB a minute 800 MB are three and a third minutes away."""
    assert advised([360, 420, 480, 540, 600]) == [
        Advice("800 MB is reached in about 3 min: act before", "video_memory_mb is 600 MB and rising 1 MB/s"),
        Advice("Give video_memory_mb more room, or its warning another figure", "40 % of the time above 500 MB"),
    ]
    assert advised([900, 300, 300, 300, 300]) == [
        Advice("Look into video_memory_mb: it was critical", "20 % of the time above 800 MB, at worst 900 MB")
    ]
    assert advised([300] * 6) == []


def test_a_fall_away_from_the_limit_is_no_reason_to_act() -> None:
    assert [each.what for each in advised([700, 640, 580, 520, 460])] == [
        "Give video_memory_mb more room, or its warning another figure"
    ]


def test_one_line_says_how_it_goes_and_what_is_usual() -> None:
    found = course(MEMORY, minutes([318, 378, 438, 498, 558, 618]), NOON + timedelta(minutes=6), Baseline(320, 4))
    assert found is not None
    assert line(found, NOON + timedelta(minutes=6)) == (
        "▁▂▄▅▇█ 318 → 618 MB in 5 min · rising 1 MB/s · usually 320 MB at this hour"
    )


def test_the_trend_of_the_whole_time_is_not_told_of_a_leap_at_its_end() -> None:
    found = course(MEMORY, minutes([318, 319, 320, 321, 322, 323, 999]), NOON + timedelta(minutes=7), None)
    assert found is not None
    assert "rising" not in line(found, NOON + timedelta(minutes=7))


def test_a_figure_that_is_old_says_how_old() -> None:
    found = course(MEMORY, minutes([318]), NOON + timedelta(minutes=9), None)
    assert found is not None
    assert line(found, NOON + timedelta(minutes=9)) == "318 MB · read 9 min ago"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 MB"), (5_012.4, "5,012 MB"), (512.34, "512.3 MB"), (0.421, "0.42 MB"), (3, "3 MB"), (4.14, "4.1 MB")],
)
def test_a_figure_is_as_exact_as_somebody_reads_it(value: float, shown: str) -> None:
    assert figure(value, "MB") == shown


def test_bars_need_two_values() -> None:
    assert (sparkline([1]), sparkline([1, 1]), sparkline([0, 7])) == ("", "▁▁", "▁█")
