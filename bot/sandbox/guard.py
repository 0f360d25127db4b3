"""Keeps the sandbox to this machine: its page can do anything, so nobody else may reach it, not even through a browser.

Refused are clients that are not loopback; a `Host` that is not loopback (a name that an attacker's page has rebound to 127.0.0.1);
everything forwarded (a tunnel must not open the sandbox); and changes requested from another origin.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HARMLESS = ("GET", "HEAD", "OPTIONS")


class LoopbackOnly:
    """ASGI middleware: 403 with the reason, or the app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reason = refusal(scope) if scope["type"] in ("http", "websocket") else None
        if reason is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(f"{reason}\n", 403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": reason})


def refusal(scope: Scope) -> str | None:
    """Why this request is refused; `None` if it may be served."""
    headers, client = Headers(scope=scope), scope.get("client")
    if client is None or not is_loopback(client[0]):
        return "The sandbox serves this machine only."
    if any(name == "forwarded" or name.startswith("x-forwarded-") for name in headers):
        return "The sandbox does not answer through a proxy or a tunnel."
    if not is_loopback(host_of(headers.get("host", ""))):
        return "The sandbox answers to localhost and 127.0.0.1 only."
    changes = scope["type"] == "websocket" or scope["method"] not in HARMLESS
    if changes and not _same_origin(headers):
        return "The sandbox takes this from its own page only."
    return None


def _same_origin(headers: Headers) -> bool:
    """Programs send no `Origin`; a browser always sends one with a change, `null` from a page that it does not trust."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def host_of(host: str) -> str:
    """The name in a `Host` header, without the port; empty if it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether that name or address is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
