"""The one channel the bot lives in, named in bot.yml by id or by name, and found once. Whether it can be used, `health` notices."""

from __future__ import annotations

import asyncio

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.context import Context
from bot.slack.health import SlackHealth
from bot.slack.identity import Identity
from bot.slack.pagination import PagedList
from bot.slack.refusals import Troubled
from bot.store import Tx, facts, posts
from bot.usecases.desk import Desk
from bot.usecases.slack_trouble import Trouble
from oncall.page import DeliveryError


class Channel:
    """Knows the channel's id and the team's. Private channels are found too, once the bot is a member."""

    def __init__(self, client: AsyncWebClient, desk: Desk, identity: Identity, health: SlackHealth) -> None:
        self._client = client
        self._desk = desk
        self._identity = identity
        self._health = health
        self._found: dict[str, str] = {}
        self._looking = asyncio.Lock()
        self._listing = PagedList(self._list, desk.clock)
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
                except Troubled as error:
                    if error.trouble.where == "channel":
                        await self._health.fails(error.trouble)
                    raise
            return self._found[wanted]

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
        reason = f"there is no channel {wanted} that I can see: invite me to it"
        raise Troubled(reason, Trouble("channel", "not_found"))

    async def _list(self, cursor: str) -> AsyncSlackResponse:
        return await self._client.conversations_list(
            types="public_channel,private_channel", exclude_archived=True, limit=1000, cursor=cursor
        )


def _kept(tx: Tx, ctx: Context) -> dict[str, str] | None:
    kept: dict[str, str] | None = facts.get(tx.conn, posts.CHANNEL)
    return kept


def _keep(tx: Tx, ctx: Context, name: str, team: str, channel: str) -> None:
    facts.put(tx.conn, posts.CHANNEL, {"name": name, "team": team, "id": channel}, tx.at)
