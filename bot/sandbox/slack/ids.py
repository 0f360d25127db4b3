"""Ids and timestamps for new things: ids look like Slack's; timestamps are unique and only grow."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from string import ascii_uppercase, digits

from bot.ground.clock import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(prefix: str) -> str:
    """`prefix` and ten letters or digits, as in `C0A1B2C3D4E`."""
    return f"{prefix}0" + "".join(random.choices(ascii_uppercase + digits, k=9))


class Stamps:
    """Message timestamps, `seconds.microseconds` of the injected clock; if the clock stands still, they still differ."""

    def __init__(self, clock: Clock, last: str = "0.0") -> None:
        self._clock = clock
        seconds, _, micros = last.partition(".")
        self._last = int(seconds) * 1_000_000 + int(micros.ljust(6, "0"))

    def next(self) -> str:
        now = (self._clock.now() - _EPOCH) // timedelta(microseconds=1)
        self._last = max(now, self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def seconds(self) -> int:
        """The injected clock as a Unix time."""
        return int(self._clock.now().timestamp())
