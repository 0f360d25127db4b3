"""The only place that reads the time.

Two kinds of time live in the bot. *Injected* time (`now`) is what deadlines, the rota, confirmations and rules follow; the
sandbox and the tests move it. *Real* time (`real`) is what leases, paces and housekeeping follow; nothing moves it. (Signatures
and trigger ids are judged by Bolt and Slack, by the machine's own clock.) Every instant is an aware UTC datetime: same-zone aware
datetimes compare by wall clock in Python and ignore `fold`, so nothing here ever hands out another zone.

**When somebody sets the machine's clock.** Deadlines are rows with an instant, so a clock that is set back by an hour would let
each of them wait an hour longer, leases and the reading of the configuration too. Here time never goes back: it starts as the
machine's, goes on by the steady clock that counts from the machine's start, and follows the machine's clock forward at once (what
has passed is done now, never left out). Set back, it runs ahead of the machine's clock from there on, and comes back to it by
three minutes an hour: no interval is more than a twentieth too long, and within a day an hour is made up for. To stay ahead for
ever would leave the rota and the written times wrong; to go back at once would leave somebody uncalled. Two processes on one
machine see the same step and stay together; one that starts later is told by what the others have written (`hold`). More than a
day is no correction of a clock, but a machine that knew no time before: then it is followed, and said.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol

STEP = timedelta(seconds=1)
"""A difference between the machine's clock and the steady one that is worth a word; less is how they are read."""
KEEPS_TIME_S = 0.001
"""A difference that is how they are read, or the machine's clock being steered, which never sets it back."""
COMES_BACK = 1 / 20
"""By what part of the time that passes the distance to a clock that was set back is made up for."""
LONGEST_HOLD = timedelta(days=1)
NONE = timedelta(0)


class Clock(Protocol):
    """What the rest of the bot may ask about time."""

    @property
    def ahead(self) -> timedelta:
        """How far `now` runs ahead of the machine's clock because that was set back: what others' instants are behind."""
        ...

    def now(self) -> datetime:
        """The injected instant, UTC."""
        ...

    def real(self) -> datetime:
        """The machine's own instant, UTC. It never goes back."""
        ...

    def stepped(self) -> timedelta:
        """By how much the machine's clock was set since this was last asked; nothing, as a rule."""
        ...

    def hold(self, instant: datetime) -> timedelta:
        """Time has been here before: `now` is not earlier. By how much that is ahead of the machine's clock."""
        ...


def _wall() -> datetime:
    return datetime.now(UTC)


def _steady() -> float:
    """Seconds that pass evenly, those of a suspended machine among them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class SystemClock:
    """Production: both kinds of time are the machine's, without its steps back."""

    def __init__(self, wall: Callable[[], datetime] = _wall, steady: Callable[[], float] = _steady) -> None:
        self._wall, self._steady = wall, steady
        self._reading = Lock()
        self._last = wall(), steady()
        self._ahead = self._step = NONE

    @property
    def ahead(self) -> timedelta:
        return self._ahead

    def now(self) -> datetime:
        return self.real()

    def real(self) -> datetime:
        wall, (last, since) = self._wall(), self._last
        if self._ahead is NONE and abs((wall - last).total_seconds() - (self._steady() - since)) < KEEPS_TIME_S:
            return wall
        with self._reading:
            wall, steady = self._wall(), self._steady()
            passed = timedelta(seconds=steady - self._last[1])
            step = wall - self._last[0] - passed
            self._last = wall, steady
            self._step += step
            ahead = max(NONE, max(NONE, self._ahead - passed * COMES_BACK) - step)
            self._ahead = ahead if ahead <= LONGEST_HOLD else NONE
            return wall + self._ahead

    def stepped(self) -> timedelta:
        self.real()
        with self._reading:
            step = self._step if abs(self._step) >= STEP else NONE
            self._step = NONE
        return step

    def hold(self, instant: datetime) -> timedelta:
        behind = instant - self.now()
        if not STEP <= behind <= LONGEST_HOLD:
            return NONE
        with self._reading:
            self._ahead += behind
        return behind


class ShiftedClock(SystemClock):
    """The machine's time plus an offset that somebody may enlarge: the sandbox's clock. It never goes back."""

    def __init__(self, offset: timedelta = NONE) -> None:
        super().__init__()
        self.offset = offset

    def now(self) -> datetime:
        return self.real() + self.offset

    def advance_to(self, instant: datetime) -> None:
        """Let `now` be at least `instant`."""
        self.offset = max(self.offset, instant - self.real())


class FrozenClock:
    """A clock that stands still until it is told to move: the tests'. Real time runs along with it."""

    ahead = NONE

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)
        self.step = NONE
        """What `stepped` answers next."""

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:
        return self.at

    def stepped(self) -> timedelta:
        step, self.step = self.step, NONE
        return step

    def hold(self, instant: datetime) -> timedelta:
        return NONE

    def advance(self, by: timedelta) -> None:
        self.at += by

    def advance_to(self, instant: datetime) -> None:
        self.at = max(self.at, instant.astimezone(UTC))
