"""Slack over HTTP: the signature is looked at before anything reads the body.

Bolt checks it too, but parses first, and stumbles over a time stamp or signature that is no number or no text. Source:
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

REFUSED = "This is not signed by Slack with the secret I know, or it is older than five minutes. Nothing was done."


def signed_only(app: AsyncApp, signing_secret: str) -> Callable[[Request], Awaitable[Response]]:
    """What `/slack/events` does: 401 for whatever Slack did not sign just now, else Bolt's answer."""
    verifier, handler = SignatureVerifier(signing_secret), AsyncSlackRequestHandler(app)

    async def handle(request: Request) -> Response:
        if not _signed(verifier, await request.body(), request):
            return PlainTextResponse(REFUSED, 401)
        return await handler.handle(request)

    return handle


def _signed(verifier: SignatureVerifier, body: bytes, request: Request) -> bool:
    stamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 13 and signature.isascii()):
        return False
    return bool(verifier.is_valid(body, stamp, signature))
