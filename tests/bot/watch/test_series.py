"""What is kept grows coarser with age, and no peak is lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.watch.series import FIVE, HOUR, KEPT, MINUTE, Bucket, one, readings, ripe, widened

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_five_minutes_keep_the_least_the_mean_the_greatest_and_the_count() -> None:
    made = widened([one(at(n), value) for n, value in enumerate([10, 20, 90, 20, 10, 7])], FIVE)
    assert made == [Bucket(NOON, FIVE, 10, 30, 90, 5), Bucket(at(5), FIVE, 7, 7, 7, 1)]


def test_an_hour_of_fives_weighs_each_by_its_readings() -> None:
    made = widened([Bucket(NOON, FIVE, 1, 10, 50, 5), Bucket(at(55), FIVE, 40, 40, 40, 1)], HOUR)
    assert made == [Bucket(NOON, HOUR, 1, 15, 50, 6)]


def test_what_was_not_read_makes_no_bucket() -> None:
    assert [each.at for each in widened([one(at(0), 1), one(at(12), 1)], FIVE)] == [at(0), at(10)]


def test_only_whole_coarse_buckets_become_ripe() -> None:
    assert ripe(at(63), KEPT[0], KEPT[1]) == NOON + timedelta(minutes=60) - timedelta(days=2)
    assert ripe(at(63), KEPT[1], KEPT[2]) == NOON + timedelta(hours=1) - timedelta(days=14)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.floats(-1e6, 1e6)), min_size=1, max_size=60, unique_by=lambda p: p[0])
)
def test_however_often_it_is_thinned_no_peak_and_no_reading_is_lost(points: list[tuple[int, float]]) -> None:
    fine = [one(at(minute), value) for minute, value in points]
    coarse = widened(widened(fine, FIVE), HOUR)
    assert (max(b.high for b in coarse), min(b.low for b in coarse)) == (
        max(v for _, v in points),
        min(v for _, v in points),
    )
    assert readings(coarse) == len(points)
    assert all(each.at.minute == 0 and each.span == HOUR for each in coarse)
    assert {each.span for each in fine} == {MINUTE}
