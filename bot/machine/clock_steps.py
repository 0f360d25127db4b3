"""Tells the channel, once, that the machine's clock was set. What follows for the bot's own time: `bot.ground.clock`."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.context import Context
from bot.store import Tx, facts
from bot.usecases.desk import Desk
from bot.usecases.notices import Notice, announce

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(seconds=5)


async def keep_time(desk: Desk) -> None:
    """A chore: tell of a step, if there was one."""
    if step := desk.clock.stepped():
        await _tell(desk, step)


async def go_on_from(desk: Desk, sign: str) -> None:
    """At start: time has been where the bot's last sign of life stands, though the machine's clock may have been set back since."""

    def last(conn: Connection) -> datetime | None:
        return facts.written_at(conn, sign)

    seen = await desk.store.read(last)
    if seen is not None and (behind := desk.clock.hold(seen)):
        await _tell(desk, -behind)


async def _tell(desk: Desk, step: timedelta) -> None:
    way = "back" if step < timedelta(0) else "ahead"
    log.warning("the machine's clock was set %s by %.0f s", way, abs(step.total_seconds()))
    await desk.do(_announced, step)


def _announced(tx: Tx, ctx: Context, step: timedelta) -> None:
    announce(tx, ctx, "clock", Notice("clock_set", {"by_s": step.total_seconds()}))
