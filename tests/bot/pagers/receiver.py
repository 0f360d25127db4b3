"""A server that takes HTTP posts on a real socket and answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.serve import served


@dataclass
class Receiver:
    url: str = ""
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    """The answers to give, one by one; 200 after the last."""
    holds: asyncio.Event | None = None
    """If set, no answer is given before this event."""
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    """Path, headers and body of each request."""
    connections: set[object] = field(default_factory=set)
    """Host and port of each connection."""

    async def take(self, request: Request) -> Response:
        self.connections.add(request.client)
        self.heard.append((request.url.path, dict(request.headers), await request.body()))
        if self.holds is not None:
            await self.holds.wait()
        status, body = self.answers.pop(0) if self.answers else (200, b"")
        return Response(body, status, {"Location": "/elsewhere"} if status == 302 else {})


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/{path:path}", receiver.take, methods=["POST", "GET"])])
    async with served(app) as url:
        receiver.url = url
        yield receiver
        if receiver.holds is not None:
            receiver.holds.set()
