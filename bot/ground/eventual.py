"""A value that is there later, while others are at work already: they see whether it has come, or wait for it for a while."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Eventual(Generic[T]):
    """`value` is `None` until it is set, once and for good."""

    def __init__(self) -> None:
        self.value: T | None = None
        self._is_set = asyncio.Event()

    def set(self, it: T) -> None:
        """Here it is: whoever waits goes on."""
        self.value = it
        self._is_set.set()

    async def within(self, seconds: float) -> T:
        """Wait for it. Raises `TimeoutError` after so many real seconds."""
        async with asyncio.timeout(seconds):
            await self._is_set.wait()
        assert self.value is not None  # noqa: S101 - it arrives with what it is
        return self.value
