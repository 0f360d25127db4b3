"""Reads request bodies whose sender is not verified yet: a signature covers the body, so the body has to come in first.

All unverified bodies together may take only little memory, and a slow one is dropped to make room for the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.web.body import Gone, TooLarge, read_body, too_large

PROVED_WITHIN_S = 10.0
"""How long a body may take to come in. Whoever signs gives us 3 to 5 s for the answer, so its own come at once."""
TOO_SLOW = (
    "The body did not come in time, or too many others were unfinished. Nothing was done: send it again, in one go."
)


class UnverifiedBodies:
    """The bodies coming in. When they take too much room, the one that has taken longest fails with a `TimeoutError`."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: dict[asyncio.Timeout, int] = {}

    async def body(self, request: Request, limit: int) -> bytes:
        """The raw body. Raises `HTTPException` with the reason where it is too large, too slow or breaks off."""
        try:
            async with self.place() as took:
                return await read_body(request.scope, request.receive, limit, took)
        except TooLarge:
            raise HTTPException(413, too_large(limit)) from None
        except Gone:
            raise HTTPException(400, "The request ended before its body was complete.") from None
        except TimeoutError:
            raise HTTPException(408, TOO_SLOW) from None

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Callable[[int], None]]:
        """Room to read one body in. Call what it yields with the number of bytes of each piece."""
        async with asyncio.timeout(PROVED_WITHIN_S) as stay:
            self._held[stay] = 0
            try:
                yield partial(self._took, stay)
            finally:
                self._held.pop(stay, None)

    def _took(self, stay: asyncio.Timeout, size: int) -> None:
        if stay not in self._held:
            return  # on its way out
        self._held[stay] += size
        while sum(self._held.values()) > self._room:
            longest = next(iter(self._held))
            del self._held[longest]
            longest.reschedule(0)
