"""The chore that takes out what has had its time: beside the engine's rounds and a little at a time, as the sealing is."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.machine.sealing import BREATH
from bot.usecases.desk import Desk
from bot.usecases.erasing import is_due, retain_some

EVERY = timedelta(hours=1)


async def retain(desk: Desk) -> None:
    """Take out whatever has had its time."""
    more = await desk.look(is_due)
    while more:
        more = await desk.do(retain_some) > 0
        await asyncio.sleep(BREATH if more else 0)
