"""Is it alive, can it take alerts, and what do its numbers say. The first two need no token: a probe has none."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.ground.metrics import Metrics
from bot.web.answers import answer
from bot.web.guard import CHALLENGE, Guard
from bot.web.ports import Health


class HealthRoutes:
    """`/healthz`, `/readyz`, `/metrics`."""

    def __init__(self, health: Health, metrics: Metrics, guard: Guard) -> None:
        self._health, self._metrics, self._guard = health, metrics, guard

    async def alive(self, request: Request) -> Response:
        """The loop turns, or this would not answer; and so do the writer and the engine. Whether anybody else is well is no
        reason to be started again: that is `/readyz`."""
        stuck = self._health.stuck()
        return answer({"ok": stuck is None} | ({"stuck": stuck} if stuck else {}), 503 if stuck else 200)

    async def ready(self, request: Request) -> Response:
        ready = await self._health.ready()
        return answer({"ok": ready.ok, "parts": ready.parts}, 200 if ready.ok else 503)

    async def numbers(self, request: Request) -> Response:
        refused = self._guard.metrics_refusal(request.scope)
        if refused is not None:
            raise HTTPException(401, refused, CHALLENGE)
        await self._health.measure()
        body, content_type = self._metrics.exposition(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})
