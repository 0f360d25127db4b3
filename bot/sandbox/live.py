"""`/world/events`: one stream of server-sent events per open page, each saying which topic changed.

Ends as soon as the page goes away or the sandbox stops, so that Ctrl-C need not wait for an open browser.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.sandbox.hub import Hub

HEARTBEAT_S = 15.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def events(request: Request, hub: Hub, closing: asyncio.Event) -> Response:
    return StreamingResponse(_lines(request, hub, closing), media_type="text/event-stream", headers=HEADERS)


async def _lines(request: Request, hub: Hub, closing: asyncio.Event) -> AsyncGenerator[str]:
    topics = hub.stream()
    ends = [asyncio.ensure_future(wait) for wait in (closing.wait(), _hung_up(request))]
    topic = asyncio.ensure_future(_next(topics.__anext__()))
    try:
        yield ": hello\n\n"
        while True:
            done, _waiting = await asyncio.wait(
                {topic, *ends}, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if done & set(ends):
                return
            if topic in done:
                yield f"data: {topic.result()}\n\n"
                topic = asyncio.ensure_future(_next(topics.__anext__()))
            else:
                yield ": still here\n\n"
    finally:
        for task in (topic, *ends):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _next(coming: Awaitable[str]) -> str:
    return await coming


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
