"""Reads a list from Slack page by page, and after an interruption goes on from the last page it got.

After a 429 it does not start again: a workspace with more pages than Slack allows in a minute would never be read to its end. It
asks for nothing before the time that Slack named.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ground.clock import Clock
from bot.slack.messenger import asked
from oncall.page import DeliveryError

Ask = Callable[[str], Awaitable[AsyncSlackResponse]]
"""One page, by its cursor; the first one has none."""


class PagedList:
    """Reads with `ask`. Where the reader stops, or fails with a page, it goes on with that page the next time."""

    def __init__(self, ask: Ask, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._cursor = ""
        self._rests_until: datetime | None = None

    async def pages(self) -> AsyncIterator[AsyncSlackResponse]:
        """The pages from where it stands to the end. Raises `DeliveryError`."""
        while True:
            page = await self._page()
            after = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            yield page
            self._cursor = after
            if not after:
                return

    def begin_anew(self) -> None:
        self._cursor = ""

    async def _page(self) -> AsyncSlackResponse:
        now = self._clock.real()
        if self._rests_until is not None and now < self._rests_until:
            raise DeliveryError("Slack asks to slow down", temporary=True, retry_after=self._rests_until - now)
        try:
            return await asked(self._ask(self._cursor))
        except DeliveryError as error:
            if error.retry_after is not None:
                self._rests_until = now + error.retry_after
            if not (self._cursor and "invalid_cursor" in error.reason):
                raise
        self.begin_anew()  # kept for too long: Slack does not say for how long one is good
        return await asked(self._ask(""))
