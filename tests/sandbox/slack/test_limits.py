"""The buckets: a burst, then the tier's pace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ground.clock import FrozenClock
from bot.sandbox.slack import Workspace
from bot.sandbox.slack.limits import PER_MINUTE, RealLimits, Tier, fastest_of


@pytest.mark.parametrize("tier", list(PER_MINUTE))
def test_each_tier_gives_a_minutes_calls_at_once_and_then_makes_wait(tier: Tier) -> None:
    limits = RealLimits(lambda: 0.0)
    assert [limits.wait("some.method", tier, None) for _ in range(PER_MINUTE[tier])] == [0] * PER_MINUTE[tier]
    assert limits.wait("some.method", tier, None) == -(-60 // PER_MINUTE[tier])


def test_methods_and_channels_have_buckets_of_their_own() -> None:
    limits = RealLimits(lambda: 0.0)
    for _ in range(6):
        assert limits.wait("chat.postMessage", "special", "C1") == 0
    assert limits.wait("chat.postMessage", "special", "C1") == 1
    assert limits.wait("chat.postMessage", "special", "C2") == 0
    assert limits.wait("chat.update", "T3", None) == 0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_channel_ever_gets_more_than_a_message_a_second_and_the_burst(pauses: list[float]) -> None:
    now = [0.0]
    limits = RealLimits(lambda: now[0])
    passed = 0
    for pause in pauses:
        now[0] += pause
        passed += limits.wait("chat.postMessage", "special", "C1") == 0
    assert passed <= 6 + now[0]


@given(st.floats(0, 100))
def test_whoever_waits_as_told_may_pass(start: float) -> None:
    now = [start]
    limits = RealLimits(lambda: now[0])
    while (seconds := limits.wait("users.list", "T2", None)) == 0:
        pass
    now[0] += seconds
    assert limits.wait("users.list", "T2", None) == 0


def test_a_jump_of_the_clock_refills_as_far_as_a_burst_and_at_standstill_slacks_pace_holds() -> None:
    real, jumped = [0.0], [0.0]
    limits = RealLimits(fastest_of(lambda: real[0], lambda: real[0] + jumped[0]))

    def burst() -> int:
        return sum(limits.wait("chat.postMessage", "special", "C1") == 0 for _ in range(20))

    assert (burst(), burst()) == (6, 0)
    real[0] += 2
    assert burst() == 2
    jumped[0] += 300
    assert (burst(), burst()) == (6, 0)


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(-5, 5))))
def test_the_fastest_clock_is_never_behind_one_that_only_goes_on_and_never_goes_back(
    steps: list[tuple[float, float]],
) -> None:
    steady, other = [0.0], [0.0]
    now = fastest_of(lambda: steady[0], lambda: other[0])
    shown = [now()]
    for forward, either in steps:
        steady[0] += forward
        other[0] += either
        shown.append(now())
    assert shown == sorted(shown) and shown[-1] >= steady[0] - 1e-6


async def test_a_workspace_refills_by_its_own_clock_too() -> None:
    clock = FrozenClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    limits = Workspace(clock=clock).limits
    assert [limits.wait("users.list", "T2", None) for _ in range(20)] == [0] * 20
    assert limits.wait("users.list", "T2", None) > 0
    clock.advance(timedelta(minutes=5))
    assert limits.wait("users.list", "T2", None) == 0
