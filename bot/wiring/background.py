"""Work that goes on in the background until its stack ends, and that does not end in silence."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from contextlib import AsyncExitStack

log = logging.getLogger(__name__)


async def run_in_background(stack: AsyncExitStack, work: Awaitable[None], name: str) -> None:
    task = asyncio.create_task(_logged(work, name), name=name)

    async def end() -> None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)


async def _logged(work: Awaitable[None], name: str) -> None:
    try:
        await work
    except Exception:  # a background part that ends must at least say so; /readyz shows what is missing
        log.exception("%s ended", name)
