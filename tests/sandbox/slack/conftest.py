"""A served Slack, Slack's own client for it, and a small real Bolt app that can be connected in either mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.slack import NoLimits, Workspace, slack_app
from bot.sandbox.slack.values import JSON
from bot.web.serve import served

ALERTS = "C0VIDALERT"
GENERAL = "C0GENERAL1"
A, B, C, DANA, GIL = "U0ENGINR0A", "U0ENGINR0B", "U0ENGINR0C", "U0DANASUP1", "U0GUESTGI1"


@asynccontextmanager
async def served_slack(**options: Any) -> AsyncIterator[Workspace]:
    """A workspace behind a real server on a free port; without rate limits unless the test sets some."""
    world = Workspace(**{"limits": NoLimits(), **options})
    async with served(Starlette(routes=slack_app(world))) as url:
        world.base_url = url
        await world.start()
        try:
            yield world
        finally:
            await world.stop()


def client_of(world: Workspace, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(token=token or world.app.bot_token, base_url=f"{world.base_url}/slack/api/")


async def refusal(call: Any) -> JSON:
    """The body of the answer to a call that Slack must refuse."""
    with pytest.raises(SlackApiError) as caught:
        await call
    body = caught.value.response.data
    assert isinstance(body, dict)
    return body


@pytest.fixture
async def world() -> AsyncIterator[Workspace]:
    async with served_slack() as workspace:
        yield workspace


@pytest.fixture
def client(world: Workspace) -> AsyncWebClient:
    return client_of(world)


class Bot:
    """A real Bolt app, and everything that reached it, oldest first."""

    def __init__(self, world: Workspace) -> None:
        self.app = AsyncApp(
            client=client_of(world), signing_secret=world.app.signing_secret, ignoring_self_events_enabled=False
        )
        self.events: list[JSON] = []
        self.bodies: list[JSON] = []
        self._more = asyncio.Event()
        for name in ("message", "reaction_added", "reaction_removed", "app_home_opened", "app_mention"):
            self.app.event(name)(self.take)

    async def take(self, body: JSON) -> None:
        self.bodies.append(body)
        self.events.append(body["event"])
        self._more.set()

    async def heard(self, wanted: Callable[[JSON], bool]) -> JSON:
        """Waits for the first event that fits."""
        while True:
            for event in self.events:
                if wanted(event):
                    return event
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), 30)

    async def text(self, text: str) -> JSON:
        return await self.heard(lambda event: event.get("text") == text)


@asynccontextmanager
async def connected(world: Workspace, bot: Bot, mode: str) -> AsyncIterator[Bot]:
    """The running bot: in Socket Mode, or behind a request URL of its own."""
    if mode == "socket":
        handler = AsyncSocketModeHandler(bot.app, world.app.app_token, web_client=client_of(world))
        await handler.connect_async()  # type: ignore[no-untyped-call]
        try:
            yield bot
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]
        return
    adapter = AsyncSlackRequestHandler(bot.app)

    async def endpoint(request: Request) -> Response:
        return await adapter.handle(request)

    async with served(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])) as url:
        await world.point_at(f"{url}/slack/events")
        try:
            yield bot
        finally:
            await world.dispatcher.quiet()
            await world.point_at(None)
