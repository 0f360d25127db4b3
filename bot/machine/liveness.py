"""Notices when nothing could be heard: the database refused what came in, or Slack had no way to say anything.

What nobody could have repeated meanwhile has not ended: that is said before anything expires.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.ground.clock import Clock
from bot.usecases import liveness
from bot.usecases.desk import Desk


class Liveness:
    """Notices when nothing could be heard: the database refused what came in, or Slack had no way to say anything."""

    def __init__(self, desk: Desk, clock: Clock, hears_slack: Callable[[], Awaitable[bool]] | None = None) -> None:
        self._desk = desk
        self._clock = clock
        self._hears_slack = hears_slack
        self._deaf_since: datetime | None = clock.now()
        self._refused = False

    async def sign(self) -> None:
        """Write down that we are here, and whether Slack can reach us."""
        await self.resume()
        try:
            await self._desk.do(liveness.sign_of_life)
        except Exception:
            self._refused = True
            raise
        await self._slack()

    async def resume(self) -> None:
        """After the database was away: what nobody could have repeated meanwhile has not ended. Before anything expires."""
        if self._refused:
            await self._desk.do(liveness.resume)
            self._refused = False

    def after_resuming(self, do: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """The same chore, once that is said."""

        async def run() -> None:
            await self.resume()
            await do()

        return run

    async def _slack(self) -> None:
        if self._hears_slack is None:
            return
        if not await self._hears_slack():
            self._deaf_since = self._deaf_since or self._clock.now()
        elif self._deaf_since is not None:
            if self._clock.now() - self._deaf_since > liveness.DEAF_AFTER:
                await self._desk.do(liveness.deaf_to_slack, self._deaf_since)
            self._deaf_since = None
