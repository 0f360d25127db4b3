"""What a jump of the clock asks the bot: when it does something next, and whether it has come to rest."""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.machine.deadlines import next_deadline
from bot.sandbox.jump import SOON
from bot.store import claims
from bot.store.deliveries import LANES, Lane
from bot.store.due import Questions
from bot.wiring import Bot

SETTLE_WITHIN = 5.0
"""Real seconds that one stop of a jump waits for the bot; anything that takes longer is a broken vendor, and goes on by itself."""
TOLD = tuple(lane for lane in LANES if lane not in ("card", "house"))
"""The lanes that a jump waits for, because they tell the story. A card is drawn when it is sent, so it cannot be late."""


class BotDeadlines:
    """Answers a jump's questions about the bot."""

    def __init__(self, bot: Bot, patience: float = 1.0) -> None:
        self._bot = bot
        self._within = SETTLE_WITHIN * patience

    async def next_deadline(self) -> tuple[datetime, str] | None:
        return await self._bot.desk.look(next_deadline)

    async def next_try(self) -> datetime | None:
        now = self._bot.clock.now()
        heads = [max(at, self._bot.sender.rests_until(lane) or at) for lane, at in (await self._heads()).items()]
        return min((at for at in heads if at > now), default=None)

    def sample_due(self) -> bool:
        return self._bot.sampler.due() <= self._bot.clock.now()

    def brewing(self) -> bool:
        return self._bot.sampler.pending

    async def settled(self) -> None:
        await self._engine_settled()
        overdue = [lane for lane, at in (await self._heads()).items() if at <= self._bot.clock.now()]
        if rests := [until for lane in overdue if (until := self._bot.sender.rests_until(lane)) is not None]:
            # Slack asked for a pause in real seconds, which no jump shortens. A longer one is an outage, which no night waits for.
            left = min(rests) - self._bot.clock.now()
            await asyncio.sleep(left.total_seconds() if left <= SOON else 0)
            await self._engine_settled()

    async def _engine_settled(self) -> None:
        self._bot.engine.wake()
        await self._bot.engine.settled(self._within)

    async def _heads(self) -> dict[Lane, datetime]:
        """When each of these lanes has something to send next."""
        heads = await self._bot.desk.look(lambda tx, _ctx: _OUTBOX.ask(tx.conn))
        return {lane: at for lane in TOLD if (at := heads[lane]) is not None}


_OUTBOX = Questions(dict(zip(LANES, claims.EARLIEST, strict=True)))
