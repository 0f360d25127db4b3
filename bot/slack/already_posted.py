"""Finds messages that the bot has already posted, by the marks in their metadata, so that nothing is posted twice.

It answers only when it has seen everything that was posted since, and raises otherwise. Direct messages can be searched only with
the scope `im:history`, which whoever installs the app may leave out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.ground.clock import Clock
from bot.slack.refusals import CALLING, refusal_of
from oncall.page import DeliveryError
from oncall.values import dataclass

EVENT = "incident_bot_message"
"""The type of our metadata. Its payload: the marks of everything the message says."""
OLD_CARD = "incident_card"
"""The same of a card that was posted before every message was marked."""
SKEW = timedelta(minutes=10)
"""How far Slack's clock may be behind ours."""
SOON = 2.0
"""Seconds (real time) that a page waits for the answer."""
PAGES, PAGE = 5, 200
"""How far back is looked before the answer is that nobody knows."""


@dataclass(frozen=True, slots=True)
class Mark:
    """By what a message is known again. `also`: what else it says, where several share a message."""

    name: str
    since: datetime | None = None
    """It may stand already, posted at that instant or later; `None`: it was never tried."""
    also: tuple[str, ...] = ()
    tried: datetime | None = None
    """The last attempt was over by then: whoever looked later has seen what came of it. `None`: look anew."""
    urgent: bool = False
    """A page is not kept waiting by the look: where that fails or hangs, it leaves and says what nobody knows."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands."""

    channel: str
    ts: str
    doubtful: bool = False
    """Nobody could see whether it stood there before, and it says so."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look has found: everything marked that was posted from one instant to another."""

    since: datetime
    at: datetime
    marked: Mapping[str, Posted]

    def tells(self, mark: Mark) -> bool:
        return mark.since is None or (mark.tried is not None and mark.tried <= self.at and self.since <= mark.since)


class AlreadyPosted:
    """Searches a channel or a thread. After an outage one search answers for everything that waits for the same place."""

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._looking = asyncio.Lock()

    async def find(self, channel: str, thread: str | None, marks: Sequence[Mark]) -> Mapping[str, Posted]:
        """What stands there, by its marks: every one of these that does, and maybe others. Raises `DeliveryError` where that
        cannot be known.
        """
        try:
            async with asyncio.timeout(SOON if all(mark.urgent for mark in marks) else None):
                return await self._find(channel, thread, marks)
        except TimeoutError:
            raise DeliveryError("Slack does not say what stands there", temporary=True) from None

    async def _find(self, channel: str, thread: str | None, marks: Sequence[Mark]) -> Mapping[str, Posted]:
        if thread is not None or any(mark.tried is None for mark in marks):
            return (await self._look(channel, thread, marks)).marked
        async with self._looking:
            seen = self._seen.get(channel)
            if seen is None or not all(seen.tells(mark) for mark in marks):
                seen = self._seen[channel] = await self._look(channel, None, marks)
            return seen.marked

    async def _look(self, channel: str, thread: str | None, marks: Sequence[Mark]) -> _Seen:
        at = self._clock.now()
        since = min((mark.since for mark in marks if mark.since is not None), default=at)
        found: dict[str, Posted] = {}
        cursor = ""
        for _ in range(PAGES):
            messages, cursor = await self._page(channel, thread, since - SKEW, cursor)
            for message in messages:
                found |= {name: Posted(channel, str(message["ts"])) for name in marks_of(message)}
            if not cursor:
                return _Seen(since, at, found)
        raise DeliveryError("more was posted since than I look through", temporary=False)

    async def _page(
        self, channel: str, thread: str | None, oldest: datetime, cursor: str
    ) -> tuple[list[dict[str, Any]], str]:
        stamp = f"{oldest.timestamp():.6f}"
        try:
            if thread is None:
                answer = await self._client.conversations_history(
                    channel=channel, oldest=stamp, limit=PAGE, cursor=cursor, include_all_metadata=True
                )
            else:
                answer = await self._client.conversations_replies(
                    channel=channel, ts=thread, oldest=stamp, limit=PAGE, cursor=cursor, include_all_metadata=True
                )
        except CALLING as error:
            raise refusal_of(error) from None
        more = answer.get("response_metadata") or {}
        return list(answer["messages"]), str(more.get("next_cursor") or "")


def marks_of(message: dict[str, Any]) -> set[str]:
    """By what one of ours is known again; nothing where it is another's, or was posted without."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") == OLD_CARD:
        return {f"card:{payload.get('incident')}"}
    if metadata.get("event_type") != EVENT:
        return set()
    return {str(mark) for mark in payload.get("marks") or ()}
