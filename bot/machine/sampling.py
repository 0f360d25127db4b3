"""The sampler: once a minute every metric is read, by whichever replica takes the minute, and what was read is kept.

It is done beside the engine's rounds and never in a page's way: a system that hangs costs one sample, within `WITHIN` seconds.
Minutes that passed while nobody was here stay empty; nothing is read twice to make up for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from bot.ground.clock import Clock
from bot.usecases.desk import Desk
from bot.usecases.sampling import forget_gaps, keep_readings, kept_metrics, take_minute, thin
from bot.watch.reading import Reading
from bot.watch.series import MINUTE, beginning

WITHIN = 10.0
"""Seconds for all that is read in one minute."""
THIN_EVERY = timedelta(hours=1)


class Reads(Protocol):
    """What `bot.watch.reader` does."""

    def read(self, names: Iterable[str] | None = None, *, within: float = WITHIN) -> Awaitable[Mapping[str, Reading]]:
        """Every metric that there is, or those that are named."""
        ...


class Sampler:
    """One process's part in it."""

    def __init__(self, desk: Desk, clock: Clock, reads: Reads) -> None:
        self._desk, self._clock, self._reads = desk, clock, reads
        self._done = beginning(clock.now(), MINUTE)

    def due(self) -> datetime:
        """When it is time again: with each whole minute."""
        return self._done + MINUTE

    async def sample(self) -> None:
        """Read this minute's sample, unless somebody else does. Without monitoring.yml there is nothing to read."""
        minute = self._done = beginning(self._clock.now(), MINUTE)
        if self._desk.context.config.monitoring is None or not await self._desk.do(take_minute, minute):
            return
        readings = await self._reads.read(within=WITHIN)
        await self._desk.do(keep_readings, minute, readings)

    async def thin(self) -> None:
        """Make what has grown old coarser, in small steps."""
        for metric in await self._desk.look(kept_metrics):
            while await self._desk.do(thin, metric):
                pass
        await self._desk.do(forget_gaps)
