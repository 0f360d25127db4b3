"""The only place that reads the time.

Two kinds of time live in the bot. *Injected* time (`now`) is what deadlines, the rota, confirmations and rules follow; the
sandbox and the tests move it. *Real* time (`real`) is what signatures, trigger ids, leases and HTTP timeouts follow; nothing
moves it. Every instant is an aware UTC datetime: same-zone aware datetimes compare by wall clock in Python and ignore
`fold`, so nothing here ever hands out another zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the rest of the bot may ask about time."""

    def now(self) -> datetime:
        """The injected instant, UTC."""
        ...

    def real(self) -> datetime:
        """The machine's own instant, UTC."""
        ...


class SystemClock:
    """Production: both kinds of time are the machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def real(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's time plus an offset that somebody may enlarge: the sandbox's clock. It never goes back."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def real(self) -> datetime:
        return datetime.now(UTC)

    def advance_to(self, instant: datetime) -> None:
        """Let `now` be at least `instant`."""
        self.offset = max(self.offset, instant - self.real())


class FrozenClock:
    """A clock that stands still until it is told to move: the tests'. Real time runs along with it."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by

    def advance_to(self, instant: datetime) -> None:
        self.at = max(self.at, instant.astimezone(UTC))
