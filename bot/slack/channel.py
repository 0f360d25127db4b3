"""The one channel the bot lives in, named in bot.yml by id or by name, and found once; and whether it can be used at present."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.context import Context
from bot.slack.identity import Identity
from bot.slack.listing import Listing
from bot.slack.messenger import ChannelTrouble, Messenger, Posted
from bot.slack.views.facts import Message
from bot.store import Tx, facts
from bot.usecases.channel import Trouble, channel_failed, channel_fails, channel_works
from bot.usecases.desk import Desk
from oncall.page import DeliveryError

log = logging.getLogger(__name__)

_FACT = "slack.channel"


class Channel:
    """Knows the channel's id and the team's. Private channels are found too, once the bot is a member."""

    def __init__(self, client: AsyncWebClient, desk: Desk, identity: Identity) -> None:
        self._client = client
        self._desk = desk
        self._identity = identity
        self._found: dict[str, str] = {}
        self._looking = asyncio.Lock()
        self._listing = Listing(self._list, desk.clock)
        self._listed_for = ""

    @property
    def team(self) -> str:
        return self._identity.team

    def known(self) -> str | None:
        """The id, if it was found already: what inbound messages are held against."""
        wanted = self._wanted()
        return self._found.get(wanted) if wanted.startswith("#") else wanted

    async def recall(self) -> None:
        """From the database, at start: messages may come in before Slack has been asked for anything."""
        wanted = self._wanted()
        kept = await self._recall(wanted)
        if kept is not None:
            self._found[wanted] = kept

    async def id(self) -> str:
        """The channel's id. Raises `DeliveryError` where there is no such channel for the bot."""
        async with self._looking:
            wanted = self._wanted()
            if wanted not in self._found:
                try:
                    self._found[wanted] = await self._recall(wanted) or await self._look_up(wanted)
                except ChannelTrouble as error:
                    await self.fails(error.trouble)
                    raise
            return self._found[wanted]

    async def fails(self, trouble: Trouble) -> None:
        """Nothing can be posted there: people are told once. Not before Slack has said that this is our workspace at all."""
        if self._identity.sure and await self._desk.do(channel_fails, trouble):
            log.error("the channel %s cannot be used: %s", self._wanted(), trouble)

    async def works(self) -> None:
        """Something was posted there."""
        if await self._desk.look(channel_failed):
            await self._desk.do(channel_works)
            log.info("the channel %s can be used again", self._wanted())

    def _wanted(self) -> str:
        return self._desk.context.config.bot.channel

    async def _recall(self, wanted: str) -> str | None:
        kept = await self._desk.look(_kept)
        if kept and kept.get("name") == wanted and kept.get("team") == self.team:
            return str(kept["id"])
        return None

    async def _look_up(self, wanted: str) -> str:
        if not wanted.startswith("#"):
            return wanted
        if not self._identity.sure:
            # Another workspace may have a channel of that name.
            raise DeliveryError("Slack has not said yet which workspace this is", temporary=True)
        if wanted != self._listed_for:
            self._listing.begin_anew()
            self._listed_for = wanted
        async for page in self._listing.pages():
            for channel in page["channels"]:
                if channel["name"] == wanted.removeprefix("#"):
                    await self._desk.do(_keep, wanted, self.team, str(channel["id"]))
                    self._listing.begin_anew()
                    return str(channel["id"])
        raise ChannelTrouble(f"there is no channel {wanted} that I can see: invite me to it", "not_found")

    async def _list(self, cursor: str) -> AsyncSlackResponse:
        return await self._client.conversations_list(
            types="public_channel,private_channel", exclude_archived=True, limit=1000, cursor=cursor
        )


class ChannelMessenger(Messenger):
    """A messenger that notices by its posts whether the channel can be used. Direct messages and other channels say nothing."""

    def __init__(self, client: AsyncWebClient, channel: Channel, identity: Identity) -> None:
        super().__init__(client, lambda: identity.refused)
        self._channel = channel

    async def post(
        self,
        channel: str,
        message: Message,
        *,
        thread: str | None = None,
        broadcast: bool = False,
        metadata: Mapping[str, Any] | None = None,
    ) -> Posted:
        ours = channel == self._channel.known()
        try:
            posted = await super().post(channel, message, thread=thread, broadcast=broadcast, metadata=metadata)
        except ChannelTrouble as error:
            if ours:
                await _noted(self._channel.fails(error.trouble))
            raise
        if ours:
            await _noted(self._channel.works())
        return posted


async def _noted(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # what became of the post is settled; failing here would only send it again
        log.exception("could not note how the channel is")


def _kept(tx: Tx, ctx: Context) -> dict[str, str] | None:
    kept: dict[str, str] | None = facts.get(tx.conn, _FACT)
    return kept


def _keep(tx: Tx, ctx: Context, name: str, team: str, channel: str) -> None:
    facts.put(tx.conn, _FACT, {"name": name, "team": team, "id": channel}, tx.at)
