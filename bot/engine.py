"""The clock's mouth: a list of chores, done whenever one of them is due.

Deadlines are rows with a due column, never timers: the engine waits for its event or for the earliest due time, does every
chore that is due, and waits again. APScheduler's one-second job and every commit only set that event, so that no nudge is lost
and nothing true lives in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.metrics import Metrics

log = logging.getLogger(__name__)

LONGEST_WAIT = 1.0
"""Seconds, real time: the engine looks at the clock at least this often, because somebody may have moved it."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do when it is due. `due` is cheap (an index, not a scan) and answers in injected time."""

    name: str
    due: Callable[[], Awaitable[datetime | None]]
    do: Callable[[], Awaitable[None]]


class Engine:
    """Runs the chores."""

    def __init__(self, clock: Clock, chores: Sequence[Chore], metrics: Metrics, *, busy: Callable[[], bool]) -> None:
        self._clock = clock
        self._chores = chores
        self._metrics = metrics
        self._busy = busy
        self._nudged = asyncio.Event()
        self.last_round: datetime | None = None
        """When the last round ended, real time: what `/readyz` asks for."""

    def wake(self) -> None:
        """There may be work. Cheap, and never lost."""
        self._nudged.set()

    async def run(self) -> None:
        """Go round until cancelled."""
        while True:
            self._nudged.clear()
            earliest = await self.round()
            try:
                async with asyncio.timeout(self._wait_for(earliest)):
                    await self._nudged.wait()
            except TimeoutError:
                continue

    async def round(self) -> datetime | None:
        """Do every chore that is due, and say when the next one will be."""
        waiting: list[datetime] = []
        with self._metrics.engine_round.time():
            for chore in self._chores:
                due = await self._attend(chore)
                if due is not None:
                    waiting.append(due)
        self.last_round = self._clock.real()
        return min(waiting, default=None)

    async def _attend(self, chore: Chore) -> datetime | None:
        try:
            due = await chore.due()
            if due is None or due > self._clock.now():
                return due
            await chore.do()
            again = await chore.due()
        except Exception:  # one chore's failure must not stop the others; it comes round again
            log.exception("chore failed", extra={"chore": chore.name})
            return None
        # What is still due waits for something under way, whose commit will nudge; going round for it would only spin.
        return again if again is None or again > self._clock.now() else None

    async def settled(self, within: float = 10.0) -> bool:
        """Wait until nothing is due and nothing is under way. Says whether that was reached within so many real seconds."""
        try:
            async with asyncio.timeout(within):
                # Twice in a row: what ends between two looks may have left new work behind.
                while await self._work_left() or await self._work_left():
                    self.wake()
                    await asyncio.sleep(0.005)
        except TimeoutError:
            return False
        return True

    async def _work_left(self) -> bool:
        dues = [await chore.due() for chore in self._chores]
        return self._busy() or any(due is not None and due <= self._clock.now() for due in dues)

    def _wait_for(self, earliest: datetime | None) -> float:
        if earliest is None:
            return LONGEST_WAIT
        return min(LONGEST_WAIT, max(0.0, (earliest - self._clock.now()).total_seconds()))
