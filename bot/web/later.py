"""Addresses that are promised but not served yet: they say so, instead of pretending not to exist."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.answers import refusal
from bot.web.guard import CHALLENGE, Guard

LATER = (
    ("POST", "/alerts/grafana", "Grafana's own payload", True),
    ("POST", "/alerts/datadog", "Datadog's own payload", True),
    ("POST", "/alerts/sentry", "Sentry's own payload", True),
    ("POST", "/alerts/cloudevents", "CloudEvents", True),
    ("POST", "/v2/enqueue", "PagerDuty's Events API", False),
)
"""Method, path, what it will take or give, and whether its client bears one of our tokens."""


def later_routes(guard: Guard) -> list[Route]:
    return [_route(guard, *line) for line in LATER]


def _route(guard: Guard, method: str, path: str, what: str, guarded: bool) -> Route:
    instead = " Nothing was taken: until then, post alerts to /alerts." if method == "POST" else ""

    async def not_yet(request: Request) -> Response:
        refused = guard.refusal(request.scope) if guarded else None
        if refused is not None:
            raise HTTPException(401, refused, CHALLENGE)
        return refusal(501, f"This address will serve {what}, but does not yet.{instead}")

    return Route(path, not_yet, methods=[method])
