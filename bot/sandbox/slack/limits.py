"""Slack's rate limits: per method, and per channel for posting (https://docs.slack.dev/apis/web-api/rate-limits).

The buckets of a workspace refill by real seconds or by the sandbox's clock, whichever gives more. They once refilled by real
seconds alone, so that a jump would give nothing that the network had not. But the bot's deadlines, its retries and the half hour
after which it gives a page up all follow the sandbox's clock, so a night that was jumped through was one burst for its Slack: lines
came a minute late, and pages were given up that a real Slack would have taken. A jump fills a bucket to its burst and no further,
and whatever comes at one instant is still held to Slack's pace. The limits are the documented minimum; Slack may grant more, but
nobody can rely on that.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from oncall.values import dataclass

Tier = Literal["T1", "T2", "T3", "T4", "special"]
PER_MINUTE: Mapping[Tier, int] = {"T1": 1, "T2": 20, "T3": 50, "T4": 100, "special": 600}
# One call a minute is promised, but an app may hold ten websockets and must be able to open them.
BURSTS: Mapping[str, int] = {"apps.connections.open": 10}
POSTS_PER_SECOND = 1.0
ROUNDING = 1e-6  # a caller that waited exactly as long as it was told must pass
POSTS_BURST = 6
POSTS_PER_MINUTE_IN_ALL = 300


class Limits(Protocol):
    """Decides whether a call may pass."""

    def wait(self, method: str, tier: Tier, channel: str | None) -> int:
        """Whole seconds to wait (`Retry-After`); 0 if the call may pass. `channel` is set for `chat.postMessage`."""
        ...


def fastest_of(*clocks: Callable[[], float]) -> Callable[[], float]:
    """A clock (in seconds) that advances, between two readings, as much as the fastest of `clocks` did."""
    read = [clock() for clock in clocks]
    passed = 0.0

    def now() -> float:
        nonlocal read, passed
        before, read = read, [clock() for clock in clocks]
        passed += max(0.0, *(later - earlier for later, earlier in zip(read, before, strict=True)))
        return passed

    return now


class NoLimits:
    """For benches: every call passes."""

    def wait(self, method: str, tier: Tier, channel: str | None) -> int:
        return 0


class RealLimits:
    """Token buckets: the calls of a full minute may come at once, then the tier's pace holds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def wait(self, method: str, tier: Tier, channel: str | None) -> int:
        if channel is None:
            rate = PER_MINUTE[tier]
            buckets = [self._bucket(method, "", BURSTS.get(method, rate), rate / 60)]
        else:
            in_all = POSTS_PER_MINUTE_IN_ALL
            buckets = [
                self._bucket(method, "", in_all, in_all / 60),
                self._bucket(method, channel, POSTS_BURST, POSTS_PER_SECOND),
            ]
        seconds = max(bucket.missing(self._now()) for bucket in buckets)
        if seconds > 0:
            return max(1, math.ceil(seconds))
        for bucket in buckets:
            bucket.left -= 1
        return 0

    def _bucket(self, method: str, channel: str, burst: float, per_second: float) -> _Bucket:
        key = (method, channel)
        if key not in self._buckets:
            self._buckets[key] = _Bucket(burst, per_second, burst, self._now())
        return self._buckets[key]


@dataclass(slots=True)
class _Bucket:
    burst: float
    per_second: float
    left: float
    at: float

    def missing(self, now: float) -> float:
        """Seconds until one call may pass."""
        self.left = min(self.burst, self.left + (now - self.at) * self.per_second)
        self.at = now
        return 0.0 if self.left > 1 - ROUNDING else (1 - self.left) / self.per_second
