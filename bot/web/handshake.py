"""A sender of CloudEvents asks, before it delivers, whether it may: answered to whoever may post alerts, and to nobody else.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.web.guard import CHALLENGE, Guard

ASKS, ALLOWS = "webhook-request-origin", "WebHook-Allowed-Origin"


class Handshake:
    """Consents for the one origin that asks, at whatever rate: what is too much is told by a 503."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def consent(self, request: Request) -> Response:
        if (refused := self._guard.refusal(request.scope)) is not None:
            raise HTTPException(401, refused, CHALLENGE)
        if not (origin := request.headers.get(ASKS)):
            raise HTTPException(400, "Say who asks, in the header WebHook-Request-Origin.")
        return Response(headers={ALLOWS: origin, "WebHook-Allowed-Rate": "*", "Allow": "POST"})
