"""`/slack/events`: Slack in HTTP mode. Who knocks is judged by the signature; without a signing secret nobody is let in.

The signature is over the body, so a stranger's body has to be read before it can be refused. It refuses to hold much for
strangers: what has no signature at all is not read, and all unproved bodies together have one small room.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from bot.web.answers import refusal
from bot.web.body import SLACK_LIMIT
from bot.web.ports import Slack
from bot.web.unverified_bodies import UnverifiedBodies

ROOM = 8 * SLACK_LIMIT
"""Bytes held at a time for clients who have proved nothing yet."""


class SlackDoor:
    """Looks at the headers, bounds the body, hands it over. `slack`: waited for, since it comes up behind the doors."""

    def __init__(self, slack: Callable[[], Awaitable[Slack]] | None) -> None:
        self._slack = slack
        self._unverified = UnverifiedBodies(ROOM)

    async def events(self, request: Request) -> Response:
        if self._slack is None:
            return refusal(401, "no SLACK_SIGNING_SECRET is set: this bot takes nothing from Slack over HTTP.")
        slack = await self._slack()
        if (why := slack.refusal(request)) is not None:
            return refusal(401, why)
        raw = await self._unverified.body(request, SLACK_LIMIT)
        return await slack.answer(_replayed(request, raw))


def _replayed(request: Request, raw: bytes) -> Request:
    """The request with its body ready to be read again."""

    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    return Request(request.scope, receive)
