"""`/slack/events`: Slack in HTTP mode. Who knocks is judged by the signature; without a signing secret nobody is let in.

The signature is over the body, so a stranger's body has to be read before it can be refused. It refuses to hold much for
strangers: what has no signature at all is not read, and all unproved bodies together have one small room.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from bot.web.answers import refusal
from bot.web.body import SLACK_LIMIT, Gone, TooLarge, read_body, too_large
from bot.web.ports import Slack

ROOM = 8 * SLACK_LIMIT
"""Bytes held at a time for clients who have proved nothing yet."""
PROVED_WITHIN_S = 10.0
"""How long a body may take to come in. Slack gives us 3 s for the answer, so its own come at once."""
TOO_SLOW = (
    "The body did not come in time, or too many others were unfinished. Nothing was done: send it again, in one go."
)


class SlackDoor:
    """Looks at the headers, bounds the body, hands it over."""

    def __init__(self, slack: Slack | None) -> None:
        self._slack = slack
        self._foyer = Foyer(ROOM)

    async def events(self, request: Request) -> Response:
        if self._slack is None:
            return refusal(401, "no SLACK_SIGNING_SECRET is set: this bot takes nothing from Slack over HTTP.")
        if (why := self._slack.refusal(request)) is not None:
            return refusal(401, why)
        try:
            async with self._foyer.place() as took:
                raw = await read_body(request.scope, request.receive, SLACK_LIMIT, took)
        except TooLarge:
            return refusal(413, too_large(SLACK_LIMIT))
        except Gone:
            return refusal(400, "The request ended before its body was complete.")
        except TimeoutError:
            return refusal(408, TOO_SLOW)
        return await self._slack.answer(_replayed(request, raw))


class Foyer:
    """Holds what is unfinished. Where there is no room left, whoever has stood there the longest leaves with a `TimeoutError`."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: dict[asyncio.Timeout, int] = {}

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Callable[[int], None]]:
        """A place to read a body in; tell what it yields how many bytes have come."""
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


def _replayed(request: Request, raw: bytes) -> Request:
    """The request with its body ready to be read again."""

    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    return Request(request.scope, receive)
