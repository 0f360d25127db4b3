"""Runs chores that wait for others in the background of the engine's rounds: a vendor that hangs must not make a deadline late."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import StoreDown

log = logging.getLogger(__name__)


class BackgroundChores:
    """Background tasks, one at a time for each chore. `background(name, do)` makes a chore of it that only starts the task."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[None]] = {}

    @property
    def busy(self) -> bool:
        return bool(self._under_way)

    def __call__(self, name: str, do: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """A chore that starts `do` as a task, unless the last one of that name is still running."""

        async def begin() -> None:
            if name not in self._under_way:
                task = self._under_way[name] = asyncio.create_task(_isolated(name, do), name=name)
                task.add_done_callback(lambda _: self._under_way.pop(name))

        return begin

    async def end(self) -> None:
        """Cancel what is running."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _isolated(name: str, do: Callable[[], Awaitable[None]]) -> None:
    try:
        await do()
    except StoreDown:
        return
    except Exception:  # one chore's failure must not stop the others; it comes round again
        log.exception("chore failed", extra={"chore": name})
