"""The sampler: once a minute every metric is read and every condition evaluated, by whichever replica takes the minute.

It is done beside the engine's rounds and never in a page's way: a system that hangs costs one sample, within `WITHIN` seconds.
Minutes that passed while nobody was here stay empty; nothing is read twice to make up for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from bot.configuration import Config
from bot.ground.clock import Clock
from bot.usecases.desk import Desk
from bot.usecases.sampling import forget_gaps, kept_metrics, take_minute, thin
from bot.usecases.watching import Minute, evaluate, keep_minute, plan_of
from bot.watch.analysis import Baseline
from bot.watch.conditions import Plan
from bot.watch.outcome import Answer
from bot.watch.reading import Reading
from bot.watch.series import MINUTE, beginning

WITHIN = 10.0
"""Seconds for all that is read in one minute."""
THIN_EVERY = timedelta(hours=1)


class Reads(Protocol):
    """The port that `bot.watch.reader` fills: reads metrics."""

    def read(self, names: Iterable[str] | None = None, *, within: float = WITHIN) -> Awaitable[Mapping[str, Reading]]:
        """Every metric that there is, or those that are named."""
        ...


class Asks(Protocol):
    """The port that `bot.watch.prometheus` fills: evaluates queries."""

    def ask(self, queries: Collection[str]) -> Awaitable[Mapping[str, Answer | str]]:
        """Each query's answer, or why there is none."""
        ...


class Sampler:
    """One process's part in it."""

    def __init__(self, desk: Desk, clock: Clock, reads: Reads, asks: Asks | None = None) -> None:
        self._desk, self._clock, self._reads, self._asks = desk, clock, reads, asks
        self._done = beginning(clock.now(), MINUTE)
        self._planned: tuple[Config, Plan] | None = None
        self._usual: dict[tuple[datetime, str], Baseline | None] = {}
        self.pending = False
        """Whether anything holds and does not fire yet, as far as was seen here."""

    def due(self) -> datetime:
        """When it is time again: with each whole minute."""
        return self._done + MINUTE

    async def sample(self) -> None:
        """This minute's turn, unless somebody else takes it. Where nothing is to be watched there is nothing to do."""
        at = self._done = beginning(self._clock.now(), MINUTE)
        new, watching = self._plan()
        nothing = self._desk.context.config.monitoring is None and not watching.conditions
        if (nothing and not new) or not await self._desk.do(take_minute, at):
            return
        answered = await self._asks.ask(watching.queries) if self._asks is not None else {}
        minute = Minute(at, {} if nothing else await self._reads.read(within=WITHIN), answered)
        outcomes = await self._desk.look(evaluate, watching, minute, self._usual)
        held = await self._desk.do(keep_minute, watching, minute, outcomes)
        self.pending = any(each.fired_at is None for each in held.values())

    def _plan(self) -> tuple[bool, Plan]:
        """What is watched, and whether that is new: then what was watched before may have to be let go of."""
        config = self._desk.context.config
        if self._planned is not None and self._planned[0] is config:
            return False, self._planned[1]
        self._planned = config, plan_of(self._desk.context)
        return True, self._planned[1]

    async def thin(self) -> None:
        """Make what has grown old coarser, in small steps."""
        for metric in await self._desk.look(kept_metrics):
            while await self._desk.do(thin, metric):
                pass
        await self._desk.do(forget_gaps)
