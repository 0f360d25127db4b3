"""Everything that needs a Slack: how it is built, and how it comes to know who it is and to hear.

Without a bot token there is none, and the rest works without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import aiohttp
import httpx
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ConfigError
from bot.settings import Settings
from bot.slack.channel import Channel
from bot.slack.directory import Directory
from bot.slack.exchange import proxy_for
from bot.slack.health import Client, SlackHealth
from bot.slack.identity import Identity
from bot.slack.joining import Attempt, insist, open_socket, side_by_side
from bot.slack.messenger import Messenger
from bot.slack.native import Drawings
from bot.usecases.desk import Desk
from bot.wiring.openvine import runner_of
from handlers.app import build_app
from handlers.reply import Reply
from handlers.verbs import Outside
from oncall.page import DeliveryError
from oncall.values import dataclass, field

log = logging.getLogger(__name__)


SLACK_TIMEOUT = 8
"""Seconds for one call of Slack's Web API."""


@dataclass(slots=True)
class SlackSide:
    """Everything that needs a Slack."""

    client: AsyncWebClient
    identity: Identity
    channel: Channel
    directory: Directory
    messenger: Messenger
    reply: Reply
    app: Any
    health: SlackHealth
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once everything that Slack is asked at the start was tried, and when the workspace is refused."""
    socket: AsyncSocketModeHandler | None = None
    by_http: bool = False
    """Whether Slack posts its events to us, too."""

    async def hears(self) -> bool:
        """Whether Slack can tell us anything at present, as far as can be seen from here."""
        if self.by_http:
            return self.identity.known
        return self.socket is not None and bool(await self.socket.client.is_connected())


async def slack_side(
    settings: Settings, desk: Desk, guarded: httpx.AsyncClient, stack: AsyncExitStack
) -> SlackSide | None:
    if settings.slack_bot_token is None:
        return None
    # How many calls are under way at once, the outbox decides: it knows which of them is a page.
    timeout, connector = aiohttp.ClientTimeout(total=SLACK_TIMEOUT), aiohttp.TCPConnector(limit=0)
    session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout, connector=connector))
    token = settings.slack_bot_token.reveal()

    def client_of(token: str | None, health: SlackHealth) -> Client:
        # The SDK would by itself repeat a call whose connection broke: a second message that does not say it may be one.
        url, proxy = settings.slack_api_url, proxy_for(settings.slack_api_url)
        return Client(token, url, SLACK_TIMEOUT, proxy=proxy, session=session, retry_handlers=[], health=health)

    identity = Identity(token)
    await identity.recall(desk)
    health = SlackHealth(desk, desk.clock)
    client = client_of(token, health)
    channel = Channel(client, desk, identity, health)
    await channel.recall()
    health.ours, health.sure = channel.known, lambda: identity.sure
    drawings = Drawings(desk, lambda: identity.team)
    messenger = Messenger(client, desk.clock, lambda: _refused(identity) or health.gate(), drawings)
    directory = Directory(client, desk, identity)
    reply = Reply(Outside(messenger, runner_of(desk, guarded).rehearse), directory.meet, settings.command_prefix)
    secret = settings.slack_signing_secret
    app = build_app(
        # Without the token: each listener is given it by `authorize`.
        client=client_of(None, health),
        desk=desk,
        reply=reply,
        channel=channel,
        identity=identity,
        meet=directory.meet,
        signing_secret=secret.reveal() if secret else None,
    )
    return SlackSide(client, identity, channel, directory, messenger, reply, app, health, by_http=secret is not None)


def _refused(identity: Identity) -> DeliveryError | None:
    """Nothing leaves for a workspace that is not ours."""
    if not identity.refused:
        return None
    return DeliveryError(f"Slack is not used: {identity.refused}", temporary=True, retry_after=timedelta(minutes=1))


async def connect(slack: SlackSide, settings: Settings, desk: Desk) -> None:
    """Learn who we are, then let events in, and find the people and the channel.

    A workspace that is not ours is left alone, as if Slack were not set up.
    """
    try:
        await insist(lambda: slack.identity.ask(slack.client, desk), "asking Slack who we are")
    except ConfigError as error:
        desk.without("slack")
        others = ", ".join(sorted(desk.context.transports)) or "nothing: NOBODY CAN BE PAGED"
        log.error("Slack is refused, pages leave by %s. %s", others, error)
        slack.decided.set()
        return
    parts: dict[str, Attempt] = {
        "reading Slack's list of people": slack.directory.read,
        "looking for the channel": slack.channel.id,
    }
    handler = None
    if settings.slack_app_token is not None:
        handler = AsyncSocketModeHandler(slack.app, settings.slack_app_token.reveal())
        slack.socket = handler
        slack.health.socket = handler.client.is_connected
        parts["opening the socket"] = lambda: open_socket(handler, SLACK_TIMEOUT)
    try:
        await side_by_side(parts, slack.identity.untried, slack.decided.set)
        await asyncio.Event().wait()
    finally:
        if handler is not None:
            with contextlib.suppress(Exception):
                await handler.close_async()  # type: ignore[no-untyped-call]
