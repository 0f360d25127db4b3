"""The bot's sign of life, and notice of the times in which it could not hear: no database, or no way for Slack to reach it.

An alert that nobody could have repeated in such a time has not ended: its time begins anew before anything expires.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.ground.clock import Clock
from bot.usecases import liveness
from bot.usecases.desk import Desk


class Liveness:
    """`hears_slack` tells whether Slack can reach the bot; without it, Slack is not looked at."""

    def __init__(self, desk: Desk, clock: Clock, hears_slack: Callable[[], Awaitable[bool]] | None = None) -> None:
        self._desk = desk
        self._clock = clock
        self._hears_slack = hears_slack
        self._deaf_since: datetime | None = clock.now()
        self._refused = False

    async def sign(self) -> None:
        """Write the sign of life, and notice whether Slack can reach us."""
        await self.resume()
        try:
            await self._desk.do(liveness.sign_of_life)
        except Exception:
            self._refused = True
            raise
        await self._slack()

    async def resume(self) -> None:
        """If the database was away, give alerts their time anew. Has to be done before anything expires."""
        if self._refused:
            await self._desk.do(liveness.resume)
            self._refused = False

    def after_resuming(self, do: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """The same chore, after `resume`."""

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
