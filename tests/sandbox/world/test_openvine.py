"""The model of OpenVine: what breaks it, how fast, and what mends it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drills.openvine import Gauges, OpenVine, at_rest, read, relieve, step

LEAK = frozenset({"memory_leak"})
SPIKE = frozenset({"crash_spike"})


def after(state: OpenVine, faults: AbstractSet[str], seconds: float, dt: float = 30) -> OpenVine:
    for _ in range(round(seconds / dt)):
        state = step(state, faults, dt)
    return state


def seen(state: OpenVine, faults: AbstractSet[str], seconds: float) -> Gauges:
    return read(after(state, faults, seconds))


def test_left_alone_it_stays_inside_every_threshold() -> None:
    state = OpenVine()
    for _ in range(24 * 120):
        state = step(state, frozenset(), 30)
        now = read(state)
        assert 300 < now.memory_mb < 340 and now.crash_rate < 2 and now.load_success > 95 and now.preload_ms < 1_000
        assert now.controllers <= 12 and now.preload_success > 85
    assert at_rest(state)


def test_a_leak_passes_500_in_about_two_minutes_and_800_in_about_six() -> None:
    assert seen(OpenVine(), LEAK, 60).memory_mb < 500
    assert seen(OpenVine(), LEAK, 150).memory_mb > 500
    assert seen(OpenVine(), LEAK, 210).memory_mb < 800
    assert seen(OpenVine(), LEAK, 390).memory_mb > 800


def test_a_leak_keeps_more_controllers_than_there_are_ready_videos() -> None:
    now = seen(OpenVine(), LEAK, 360)
    assert now.controllers > now.ready_videos


def test_apps_crash_once_memory_is_beyond_1000() -> None:
    assert seen(OpenVine(), LEAK, 390).crash_rate < 1
    assert seen(OpenVine(), LEAK, 900).crash_rate > 3


def test_a_cleanup_frees_much_and_the_leak_comes_back_more_slowly() -> None:
    leaked = after(OpenVine(), LEAK, 360)
    freed = relieve(leaked)
    assert read(freed).memory_mb < 300
    assert 320 < seen(freed, LEAK, 120).memory_mb < 500
    assert seen(freed, LEAK, 360).memory_mb > 500


@pytest.mark.parametrize("change", [{"emergency_mode": True}, {"new_video_manager": False}, {"rollout": 0.0}])
def test_a_cleanup_holds_where_the_leaking_code_no_longer_runs(change: dict[str, object]) -> None:
    freed = relieve(after(OpenVine(), LEAK, 360))
    assert seen(replace(freed, **change), LEAK, 3_600).memory_mb < 340  # type: ignore[arg-type]


def test_a_mended_leak_goes_away_by_itself() -> None:
    assert seen(after(OpenVine(), LEAK, 360), frozenset(), 900).memory_mb < 400


def test_a_crash_spike_passes_three_percent_within_a_minute() -> None:
    assert seen(OpenVine(), SPIKE, 60).crash_rate > 3


def test_the_old_player_does_not_crash_but_preloads_more_slowly() -> None:
    rolled_back = replace(after(OpenVine(), SPIKE, 300), new_video_manager=False)
    now = seen(rolled_back, SPIKE, 300)
    assert now.crash_rate < 1
    assert now.preload_ms > seen(OpenVine(), frozenset(), 300).preload_ms + 400


def test_the_rollout_scales_the_crashes() -> None:
    one_in_ten = replace(OpenVine(), rollout=10.0)
    assert 0.8 < seen(one_in_ten, SPIKE, 600).crash_rate < 1.5


def test_load_failures_pass_85_first_and_70_later() -> None:
    faults = frozenset({"load_failures"})
    assert 70 < seen(OpenVine(), faults, 180).load_success < 85
    assert seen(OpenVine(), faults, 360).load_success < 70


def test_a_dead_cdn_fails_most_loads_at_once() -> None:
    assert seen(OpenVine(), frozenset({"cdn_down"}), 60).load_success < 70


def test_slow_preloads_pass_five_seconds_unless_in_emergency_mode() -> None:
    faults = frozenset({"slow_preload"})
    assert seen(OpenVine(), faults, 120).preload_ms > 5_000
    assert seen(replace(OpenVine(), emergency_mode=True), faults, 900).preload_ms < 5_000


@given(st.lists(st.floats(0.5, 60), min_size=1, max_size=20), st.sets(st.sampled_from(["memory_leak", "crash_spike"])))
def test_time_walked_in_many_steps_is_time_walked_in_one(parts: list[float], faults: set[str]) -> None:
    many = OpenVine()
    for part in parts:
        many = step(many, faults - {"memory_leak"}, part)
    once = step(OpenVine(), faults - {"memory_leak"}, sum(parts))
    assert many.crash_rate == pytest.approx(once.crash_rate)
    assert many.base_mb == pytest.approx(once.base_mb)


@given(st.integers(0, 1_000), st.sets(st.sampled_from(["memory_leak", "load_failures", "slow_preload", "cdn_down"])))
def test_the_same_seed_lives_the_same_life(seed: int, faults: set[str]) -> None:
    assert after(OpenVine(seed=seed), faults, 300) == after(OpenVine(seed=seed), faults, 300)


def test_another_seed_flickers_otherwise() -> None:
    assert read(OpenVine(seed=1)) != read(OpenVine(seed=2))


def test_the_history_keeps_a_day_and_no_more() -> None:
    state = after(OpenVine(), frozenset(), 26 * 3_600)
    assert len(state.minutes) == 24 * 60
    assert len(state.recent) == 120
    assert state.elapsed - state.minutes[0][0] == pytest.approx(24 * 3_600, abs=120)


def test_time_that_does_not_pass_changes_nothing() -> None:
    assert step(OpenVine(), LEAK, 0) == OpenVine()
    assert step(OpenVine(), LEAK, -5) == OpenVine()
