"""The chore that seals the log: beside the engine's rounds, a little at a time, so that neither a page nor a click waits for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.usecases.desk import Desk
from bot.usecases.sealing import SEALED_TOGETHER, seal_some, waits

EVERY = timedelta(seconds=5)
BREATH = 0.02
"""Seconds between two transactions: a log of years is sealed within minutes, and the writer is everybody else's meanwhile."""


async def seal(desk: Desk) -> None:
    """Seal whatever is not sealed yet."""
    more = await desk.look(waits)
    while more:
        more = await desk.do(seal_some) == SEALED_TOGETHER
        await asyncio.sleep(BREATH if more else 0)
