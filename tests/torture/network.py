"""What happens to the connection to the database: a replica is cut off or stopped, the server is away, or it fails over silently.

Each trouble is a `Gap`: from when to when which replicas could not reach the database. What must hold is checked in `account`: ten
seconds after there is a connection again, or another replica, alerts are taken and pages are sent.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.torture.proxy import Proxy
from tests.torture.victims import Victim

BACK = timedelta(seconds=10)
"""How long a replica may take to work again once it can."""
RECOVERS = 11.0
"""Seconds between two troubles: the promised time, and a moment in which it can be seen to be kept."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Some replicas, or `all` of them, could not reach the database."""

    name: str
    whose: frozenset[str]
    all: bool
    since: datetime
    until: datetime

    @property
    def healthy_from(self) -> datetime:
        """From when somebody could work: at once if other replicas are left, although the silent one may still hold the lock."""
        return self.until if self.all else self.since

    def spared(self, victim: str) -> tuple[datetime, datetime]:
        """When nothing is demanded of that replica."""
        return self.since, (self.until if self.all or victim in self.whose else self.since) + BACK


class Network:
    """The replicas' connections to the database, each through a proxy of its own."""

    def __init__(self, victims: Sequence[Victim], proxies: Sequence[Proxy], dice: random.Random) -> None:
        self._victims, self._proxies, self._dice = victims, proxies, dice
        self.gaps: list[Gap] = []

    async def rage(self, seconds: float) -> None:
        """Causes each kind of trouble in turn until the time is over, every kind at least once."""
        kinds = (self._cut_one, self._fail_over, self._stop_one, self._server_away)
        until = asyncio.get_running_loop().time() + seconds
        turn = 0
        while turn < len(kinds) or asyncio.get_running_loop().time() < until:
            await kinds[turn % len(kinds)]()
            await asyncio.sleep(RECOVERS)
            turn += 1

    async def _cut_one(self) -> None:
        """One replica's bytes are swallowed for longer than it may hold a lock."""
        one = self._dice.randrange(len(self._victims))
        await self._gap("cut off", [one], 12, self._proxies[one].cut, self._proxies[one].mend)

    async def _fail_over(self) -> None:
        """Everybody's bytes are swallowed; then another server answers, and nobody is told that the old connections are dead."""

        seconds = self._dice.uniform(1, 8)
        await self._gap("failover", range(len(self._victims)), seconds, self._all_cut, self._all_mended)

    def _all_cut(self) -> None:
        for one in self._proxies:
            one.cut()

    def _all_mended(self) -> None:
        for one in self._proxies:
            one.mend()

    async def _stop_one(self) -> None:
        """The process of a replica is stopped, with whatever it was about to write."""
        one = self._dice.randrange(len(self._victims))
        process = self._victims[one].process
        assert process is not None
        await self._gap(
            "stopped",
            [one],
            12,
            lambda: process.send_signal(signal.SIGSTOP),
            lambda: process.send_signal(signal.SIGCONT),
        )

    async def _server_away(self) -> None:
        since = datetime.now(UTC)
        for one in self._proxies:
            await one.stop()
        await asyncio.sleep(self._dice.uniform(1, 8))
        for one in self._proxies:
            await one.start()
        self._note("server away", range(len(self._victims)), since)

    async def _gap(
        self, name: str, whose: Sequence[int], seconds: float, begin: Callable[[], object], end: Callable[[], object]
    ) -> None:
        since = datetime.now(UTC)
        begin()
        await asyncio.sleep(seconds)
        end()
        self._note(name, whose, since)

    def _note(self, name: str, whose: Sequence[int], since: datetime) -> None:
        named = frozenset(self._victims[one].name for one in whose)
        self.gaps.append(Gap(name, named, len(named) == len(self._victims), since, datetime.now(UTC)))


Life = tuple[datetime, datetime | None]


def lives_between(name: str, lives: Sequence[Life], gaps: Sequence[Gap]) -> Iterator[Life]:
    """The lives of the replica of this name, without the times in which nothing is demanded of it."""
    for ready, dead in lives:
        begin: datetime = ready
        for since, until in sorted(gap.spared(name) for gap in gaps):
            if since > begin:
                yield begin, min(since, dead) if dead else since
            begin = max(begin, until)
        if dead is None or begin < dead:
            yield begin, dead
