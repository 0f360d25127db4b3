"""A token bucket: so many at once, then so many a minute. In real time, because it keeps to a vendor's limit.

It knows nothing of what is limited: the caller asks how many are `left`, takes them, and comes again later.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.ground.clock import Clock


class TokenBucket:
    """A bucket that fills evenly."""

    def __init__(self, clock: Clock, *, at_once: int, a_minute: int) -> None:
        self._clock = clock
        self._most = float(at_once)
        self._each = timedelta(minutes=1) / a_minute
        self._left = self._most
        self._at: datetime = clock.real()

    def left(self) -> int:
        """How many may happen now."""
        now = self._clock.real()
        self._left = min(self._most, self._left + (now - self._at) / self._each)
        self._at = now
        return int(self._left + 1e-9)

    def take(self, count: int) -> None:
        """So many happen now."""
        self._left -= count

    def wait(self) -> timedelta:
        """How long until another one may happen; nothing if it may now."""
        return timedelta(0) if self.left() else self._each * (1 - self._left)
