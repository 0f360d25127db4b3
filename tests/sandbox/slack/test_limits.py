"""The buckets: a burst, then the tier's pace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.limits import PER_MINUTE, RealLimits, Tier


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
