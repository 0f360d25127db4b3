"""Something that comes while others are at work already: they see whether it has, or wait for it for a while.

Refuses to come by halves: it is there wholly, or not yet.
"""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Coming(Generic[T]):
    """`here` is nothing until it has come, and stays from then on."""

    def __init__(self) -> None:
        self.here: T | None = None
        self._arrival = asyncio.Event()

    def came(self, it: T) -> None:
        """It is there: whoever waits goes on."""
        self.here = it
        self._arrival.set()

    async def within(self, seconds: float) -> T:
        """Wait for it. Raises `TimeoutError` after so many real seconds."""
        async with asyncio.timeout(seconds):
            await self._arrival.wait()
        assert self.here is not None  # noqa: S101 - it arrives with what it is
        return self.here
