"""A backend only for the page: answers its reads with `night`'s values and records what the page posts.

`python -m tests.sandbox.page.fake_world [PORT]` serves it for looking at. It decides nothing that a bot would decide.
"""

from __future__ import annotations

import asyncio
import copy
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.sandbox.hub import Hub
from bot.sandbox.page import page_routes
from tests.sandbox.page import night
from tests.sandbox.page.night import Json


class FakeWorld:
    """What the page reads (`roots`, `replies`, `view`, `pages`, `faults`, `changes` of the world's state) and has posted
    (`posts`)."""

    def __init__(self) -> None:
        self.roots = copy.deepcopy(night.ROOTS)
        self.replies = copy.deepcopy(night.REPLIES)
        self.pages = copy.deepcopy(night.PAGES)
        self.view: Json | None = None
        self.faults = {"memory_leak"}
        self.rota: Json | None = None
        self.changes: Json = {}
        self.posts: list[tuple[str, Json]] = []
        self.answers: dict[str, Json] = {}
        self.hub = Hub()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.closing = False

    def said(self, what: str) -> list[Json]:
        """The bodies posted to one route, oldest first."""
        return [body for path, body in self.posts if path == what]

    def changed(self, topic: str) -> None:
        """Tell the page about a change, from any thread."""
        assert self.loop
        self.loop.call_soon_threadsafe(self.hub.publish, topic)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/world/slack/state", self.slack_state),
            Route("/world/slack/messages", self.slack_messages),
            Route("/world/slack/{what}", self.post, methods=["POST"]),
            Route("/world/state", self.world_state),
            Route("/world/pages", self.get_pages),
            Route("/world/mails", self.get_mails),
            Route("/world/sms", self.get_sms),
            Route("/world/events", self.events),
            Route("/world/{what}", self.post, methods=["POST"]),
            *page_routes(),
        ]

    async def slack_state(self, request: Request) -> Response:
        self.loop = asyncio.get_running_loop()
        return JSONResponse(night.state(request.query_params.get("user", ""), self.view))

    async def slack_messages(self, request: Request) -> Response:
        channel, thread = request.query_params["channel"], request.query_params.get("thread")
        if channel != night.ALERTS:
            return JSONResponse({"messages": [night.message(night.stamp(50), night.B, "See you at nine.")]})
        if not thread:
            return JSONResponse({"messages": self.roots})
        root = [m for m in self.roots if m["ts"] == thread]
        return JSONResponse({"messages": root + [m for m in self.replies if m["thread_ts"] == thread]})

    async def world_state(self, _: Request) -> Response:
        return JSONResponse(night.world(self.faults) | {"rota": self.rota} | self.changes)

    async def get_pages(self, _: Request) -> Response:
        return JSONResponse({"pages": self.pages})

    async def get_sms(self, _request: Request) -> Response:
        return JSONResponse({"messages": night.SMS})

    async def get_mails(self, _: Request) -> Response:
        return JSONResponse({"mails": night.MAILS})

    async def post(self, request: Request) -> Response:
        what, body = request.path_params["what"], await request.json()
        self.posts.append((what, body))
        if what == "fault":
            (self.faults.add if body["on"] else self.faults.discard)(body["id"])
        if what == "close":
            self.view = None
        if what == "message":
            new = night.message(night.stamp(0, len(self.posts)), body["user"], body["text"])
            (self.replies if "thread" in body else self.roots).append({**new, "thread_ts": body.get("thread")})
        usual = {"ok": True, "fired": ["level 2: secondary for #3", "Engineer B is paged"]}
        return JSONResponse(self.answers.get(what, usual))

    async def events(self, _: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        yield "retry: 200\n\n"
        topics = self.hub.stream()
        waiting = asyncio.ensure_future(anext(topics))
        while not self.closing:
            done, _ = await asyncio.wait({waiting}, timeout=0.2)
            if done:
                yield f"data: {waiting.result()}\n\n"
                waiting = asyncio.ensure_future(anext(topics))
        waiting.cancel()


@contextmanager
def serving(fake: FakeWorld, port: int = 0) -> Iterator[str]:
    """The fake on a free port of loopback, for as long as the block lasts."""
    config = uvicorn.Config(Starlette(routes=fake.routes()), port=port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ready = threading.Event()
    while not server.started:
        ready.wait(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        fake.closing = server.should_exit = True
        thread.join(5)


if __name__ == "__main__":
    with serving(FakeWorld(), int(sys.argv[1]) if len(sys.argv) > 1 else 8099):
        threading.Event().wait()
