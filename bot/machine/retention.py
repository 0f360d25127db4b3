"""The chore that removes texts whose retention is over: in the background of the engine's rounds, a little at a time.

A reader looks up what is to go, and may take long over it; the writer only checks those rows again and removes what still is.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.machine.sealing import BREATH
from bot.store.erasing import EventPlace
from bot.usecases.desk import Desk
from bot.usecases.erasing import is_due, old_events, retain_some

EVERY = timedelta(hours=1)


async def retain(desk: Desk) -> None:
    """Remove whatever is past its retention."""
    await retained(desk, BREATH)


async def retained(desk: Desk, breath: float = 0) -> int:
    """The same, with so many seconds between two transactions. Says how much that was."""
    count, after, more = 0, None, await desk.look(is_due)
    while more:
        found: list[EventPlace] = await desk.look(old_events, after)
        done = await desk.do(retain_some, found)
        count, after, more = count + done, found[-1] if found else after, bool(found or done)
        await asyncio.sleep(breath if more else 0)
    return count
