from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.ground.clock import FrozenClock
from bot.outbox.token_bucket import TokenBucket


def test_so_many_at_once_and_then_so_many_a_minute() -> None:
    clock = FrozenClock(datetime(2026, 1, 5, tzinfo=UTC))
    pace = TokenBucket(clock, at_once=3, a_minute=30)
    assert pace.left() == 3
    pace.take(3)
    assert pace.left() == 0
    assert pace.wait() == timedelta(seconds=2)
    clock.advance(timedelta(seconds=1))
    assert pace.wait() == timedelta(seconds=1)
    clock.advance(timedelta(seconds=1))
    assert (pace.left(), pace.wait()) == (1, timedelta(0))


def test_what_was_not_taken_is_not_saved_up_beyond_what_may_happen_at_once() -> None:
    clock = FrozenClock(datetime(2026, 1, 5, tzinfo=UTC))
    pace = TokenBucket(clock, at_once=3, a_minute=30)
    clock.advance(timedelta(hours=1))
    assert pace.left() == 3
