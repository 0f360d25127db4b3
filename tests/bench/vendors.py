"""The vendors that a bench runs against: they answer in 10 ms, and record when each page and each change reached them.

Slack is the sandbox's: without limits unless they are asked for, and, for a crowd, with a `chat.*` that accepts everything and
keeps nothing, so that no figure of the bot is one of the sandbox.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.slack import COMMANDS, NoLimits, SlackApp, Workspace, slack_app
from bot.sandbox.slack.limits import Limits
from bot.slack.manifest import EVENTS, OPTIONAL, SCOPES
from bot.web.serve import listen, port_of, served

TAKE_S = 0.01
CHANNEL = "C0VIDALERT"


@dataclass(slots=True)
class Vendors:
    """A Slack, and a PagerDuty that records when each title reached it."""

    url: str
    slack: Workspace
    app: SlackApp
    paged: dict[str, float] = field(default_factory=dict)
    """By the event's summary without its `P0 #7 ` and its time: `time.perf_counter()` when the first request arrived."""
    triggers: Counter[str] = field(default_factory=Counter)
    """How many triggers arrived, by the same key."""
    changed: dict[str, float] = field(default_factory=dict)
    """By the flag that an admin call named: when the call arrived."""
    waiting: int = 0
    """How many slow reads of OpenVine are under way."""
    _gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def slow(self) -> None:
        """A read that lasts until OpenVine answers."""
        self.waiting += 1
        gate = self._gate
        try:
            await gate.wait()
        finally:
            self.waiting -= 1

    def answers(self) -> None:
        """OpenVine answers everything that it has been asked so far."""
        self._gate.set()
        self._gate = asyncio.Event()


@asynccontextmanager
async def vendors(*, limits: Limits | None = None, forgetful: bool = False) -> AsyncIterator[Vendors]:
    """The vendors, for as long as the block lasts, on this process's loop. `forgetful`: Slack keeps no message and draws none."""
    async with AsyncExitStack() as stack:
        ours = listen(0)
        url = f"http://127.0.0.1:{port_of(ours)}"
        app = SlackApp(scopes=frozenset(SCOPES) | frozenset(OPTIONAL), commands=COMMANDS, events=frozenset(EVENTS))
        slack = Workspace(None, app=app, base_url=url, limits=limits or NoLimits())
        await slack.start()
        stack.push_async_callback(slack.stop)
        found = Vendors(url, slack, app)
        routes = [_pagerduty(found), *_openvine(found), *(_forgetful() if forgetful else ()), *slack_app(slack)]
        await stack.enter_async_context(served(_unhurried(Starlette(routes=routes)), ours))
        yield found


def _pagerduty(found: Vendors) -> Route:
    async def enqueue(request: Request) -> JSONResponse:
        at: float = request.scope["arrived"]
        event = await request.json()
        if event["event_action"] == "trigger":
            title = event["payload"]["summary"].split(" ", 2)[2].partition(" since ")[0]
            found.paged.setdefault(title, at)
            found.triggers[title] += 1
        return JSONResponse({"status": "success", "dedup_key": event["dedup_key"]}, 202)

    return Route("/pagerduty/v2/enqueue", enqueue, methods=["POST"])


def _openvine(found: Vendors) -> list[Route]:
    async def change(request: Request) -> JSONResponse:
        at: float = request.scope["arrived"]
        for flag in await request.json():
            found.changed.setdefault(flag, at)
        return JSONResponse({"status": "ok"})

    async def flags(request: Request) -> JSONResponse:
        return JSONResponse({})

    async def slow(request: Request) -> JSONResponse:
        await found.slow()
        return JSONResponse({})

    return [
        Route("/openvine/admin/feature-flags", change, methods=["POST"]),
        Route("/openvine/flags", flags),
        Route("/openvine/slow", slow),
    ]


def _forgetful() -> list[Route]:
    stamps = count(1)

    async def taken(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse({"ok": True, "channel": CHANNEL, "ts": f"1700000000.{next(stamps):06}"})

    methods = ("chat.postMessage", "chat.update")
    return [Route(f"/slack/api/{method}", taken, methods=["POST"]) for method in methods]


def _unhurried(app: ASGIApp) -> ASGIApp:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["arrived"] = time.perf_counter()
            await asyncio.sleep(TAKE_S)
        with suppress(ClientDisconnect):  # the bot was ended in the middle of it
            await app(scope, receive, send)

    return slow
