"""Slack over HTTP: checks the signature before anything reads the body.

Bolt checks it too, but parses the body first, and fails at a time stamp or signature of the wrong form. Source:
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import re

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.internals import parse_body
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from handlers.payload_checks import UNREADABLE, fault_of

REFUSED = "This is not signed by Slack with the secret I know, or it is older than five minutes. Nothing was done."
_OLDEST_S = 300
_STAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class Signed:
    """Answers `/slack/events`: a refusal for everything that Slack did not sign just now, else Bolt's answer."""

    def __init__(self, app: AsyncApp, signing_secret: str) -> None:
        self._verifier, self._handler = SignatureVerifier(signing_secret), AsyncSlackRequestHandler(app)

    def refusal(self, request: Request) -> str | None:
        """Why the request cannot be Slack's, whatever its body says; `None` if it may be."""
        stamp, signature = _proof(request)
        if not (_STAMP.fullmatch(stamp) and _SIGNATURE.fullmatch(signature)):
            return REFUSED
        return REFUSED if abs(self._verifier.clock.now() - int(stamp)) > _OLDEST_S else None

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        if not (_is_text(body) and self._verifier.is_valid(body, *_proof(request))):
            return PlainTextResponse(REFUSED, 401)
        if (fault := _fault(body, request.headers.get("content-type"))) is not None:
            return PlainTextResponse(UNREADABLE.format(fault=fault), 400)
        return await self._handler.handle(request)


def _proof(request: Request) -> tuple[str, str]:
    """The time stamp and the signature, as they were sent."""
    return request.headers.get("x-slack-request-timestamp", ""), request.headers.get("x-slack-signature", "")


def _fault(body: bytes, content_type: str | None) -> str | None:
    """What is wrong with a body that Bolt would fail to read."""
    try:
        return fault_of(parse_body(body.decode(), content_type))
    except (ValueError, RecursionError):
        return "it is neither JSON nor a form"


def _is_text(body: bytes) -> bool:
    """Whether the body is text at all; Slack's own library, which computes the signature, relies on that."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
