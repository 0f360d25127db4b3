"""How the bot joins its workspace at start: everything it needs of Slack is tried side by side, each again until it works.

It refuses to let one wait for another: a socket that does not open must not keep the list of people from being read, who are paged
by direct message. And it refuses to be silent: what does not work is told once in the log, and by `/readyz` as long as it lasts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import aiohttp

from bot.errors import Overloaded, StoreDown
from bot.slack.messenger import asked
from oncall.page import DeliveryError, Stuck

log = logging.getLogger(__name__)

RETRY = 2.0
"""Seconds between two attempts."""
REFUSED_RETRY = 15
"""How many times as long Slack is left alone once it has refused: somebody has to mend that first."""

PASSES = DeliveryError, aiohttp.ClientError, OSError, TimeoutError, StoreDown, Overloaded
"""What passes, or somebody mends: of Slack, of the way to it, and of the database that keeps what Slack has said."""

Attempt = Callable[[], Awaitable[object]]


async def side_by_side(parts: Mapping[str, Attempt], troubles: dict[str, str], tried_all: Callable[[], None]) -> None:
    """Do all of these; returns when each has worked. `troubles` holds those that have not yet, with the reason.

    `tried_all` is called as soon as each was tried once, whatever came of it.
    """
    left = set(parts)

    def tried(what: str, trouble: str) -> None:
        if trouble:
            troubles[what] = trouble
        else:
            troubles.pop(what, None)
        left.discard(what)
        if not left:
            tried_all()

    async with asyncio.TaskGroup() as tasks:
        for what, attempt in parts.items():
            tasks.create_task(_isolated(attempt, what, partial(tried, what)), name=what)


async def _isolated(attempt: Attempt, what: str, tried: Callable[[str], None]) -> None:
    try:
        await insist(attempt, what, tried)
    except Exception as error:  # one that ends must not end the others; /readyz goes on saying that it is missing
        log.exception("%s ended", what)
        tried(f"internal error ({type(error).__name__})")


async def insist(attempt: Attempt, what: str, tried: Callable[[str], None] = lambda trouble: None) -> None:
    """Try until it works. `tried` hears after each attempt what was wrong with it, if anything."""
    told: str | None = None
    while True:
        try:
            await attempt()
        except PASSES as error:
            pause, why = _pause(error), str(error) or type(error).__name__
        else:
            tried("")
            return
        tried(why)
        if why != told:
            told = why
            log.warning("%s failed, trying again every %.0f s: %s", what, pause, why)
        await asyncio.sleep(pause)


def _pause(error: Exception) -> float:
    """Seconds: as many as Slack asks for; more where only people can mend it."""
    if isinstance(error, DeliveryError) and error.retry_after is not None:
        return error.retry_after.total_seconds()
    for_people = isinstance(error, DeliveryError) and (isinstance(error, Stuck) or not error.temporary)
    return RETRY * (REFUSED_RETRY if for_people else 1)


async def open_socket(handler: Any, within: float) -> None:
    """Open Bolt's websocket. Raises `DeliveryError`: by itself its library would go on trying for ever, and never say so."""
    client = handler.client
    client.wss_uri = await asked(client.issue_new_wss_url())  # good for one attempt
    try:
        async with asyncio.timeout(within):
            await handler.connect_async()
    except TimeoutError:
        raise DeliveryError(f"the websocket does not open within {within:.0f} s", temporary=True) from None
