"""`/slack/events`: Slack in HTTP mode. Who knocks is Bolt's to judge, by the signature over the raw body; without a signing
secret nobody is let in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from bot.web.answers import refusal
from bot.web.body import SLACK_LIMIT, Gone, TooLarge, read_body, too_large
from bot.web.ports import Slack


class SlackDoor:
    """Bounds the body, hands it over."""

    def __init__(self, slack: Slack | None) -> None:
        self._slack = slack

    async def events(self, request: Request) -> Response:
        if self._slack is None:
            return refusal(401, "no SLACK_SIGNING_SECRET is set: this bot takes nothing from Slack over HTTP.")
        try:
            raw = await read_body(request.scope, request.receive, SLACK_LIMIT)
        except TooLarge:
            return refusal(413, too_large(SLACK_LIMIT))
        except Gone:
            return refusal(400, "The request ended before its body was complete.")
        return await self._slack(_replayed(request, raw))


def _replayed(request: Request, raw: bytes) -> Request:
    """The request with its body ready to be read again."""

    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    return Request(request.scope, receive)
