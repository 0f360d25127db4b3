"""Keeps the two places in Slack that show who is on call up to date: a user group, and the channel's topic.

Each is read first and changed only where it differs. What Slack refuses is written down, said once, and tried again when somebody
else comes on call. Slack keeps no empty group: where nobody is on call it stays as it is, which the gap's notice says.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Context
from bot.slack.channel import Channel
from bot.slack.identity import Identity
from bot.slack.messenger import asked
from bot.slack.refusals import passes_by_itself
from bot.slack.topic import plain, with_on_call
from bot.store import Tx, facts
from bot.usecases.desk import Desk
from bot.usecases.notices import Notice, announce
from bot.usecases.rota_display import refused, works
from oncall.page import DeliveryError
from oncall.rota import ROLES
from oncall.values import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who it is, for a place that shows it."""

    group: str
    ids: tuple[str, ...]
    """Slack accounts, the primary's first."""
    without: tuple[str, ...]
    """Names of those who have none, as far as is known."""
    words: str
    """`primary Engineer A · secondary Engineer B`."""


class RotaDisplay:
    """Brings them up to date."""

    def __init__(
        self,
        client: AsyncWebClient,
        desk: Desk,
        channel: Channel,
        identity: Identity,
        listed: Callable[[], bool],
    ) -> None:
        """`listed`: whether whoever has an account is known by now, as far as Slack says so."""
        self._client = client
        self._desk = desk
        self._channel = channel
        self._identity = identity
        self._listed = listed

    async def user_group(self) -> None:
        """Raises `DeliveryError` for what passes by itself."""
        now = await self._desk.look(on_call)
        if now.group and now.without and not self._listed():
            raise DeliveryError("Slack's list of people has not been read yet", temporary=True)
        if now.group and now.ids:
            await self._kept("user group", lambda: self._update_group(now))

    async def topic(self) -> None:
        """Raises `DeliveryError` for what passes by itself."""
        now = await self._desk.look(on_call)
        await self._kept("topic", lambda: self._update_topic(now))

    async def _kept(self, what: str, update: Callable[[], Awaitable[str]]) -> None:
        if self._identity.refused or not self._identity.sure:  # a foreign workspace's groups are none of ours
            raise DeliveryError("Slack has not said that this is our workspace", temporary=True)
        try:
            left = await update()
        except DeliveryError as error:
            if passes_by_itself(error):
                raise
            log.warning("the %s is not kept: %s", what, error.reason)
            await self._desk.do(refused, what, error.reason)
        else:
            await self._desk.do(works, what, left)

    async def _update_group(self, now: OnCall) -> str:
        """Says who is left out of it, if anybody is."""
        held = (await asked(self._client.usergroups_users_list(usergroup=now.group)))["users"]
        if set(held) != set(now.ids):
            await self._desk.do(_first_taken, now, [each for each in held if each not in now.ids])
            await asked(self._client.usergroups_users_update(usergroup=now.group, users=list(now.ids)))
        return f"{' and '.join(now.without)} has no Slack account, so it lacks them" if now.without else ""

    async def _update_topic(self, now: OnCall) -> str:
        channel = await self._channel.id()
        topic = str((await asked(self._client.conversations_info(channel=channel)))["channel"]["topic"]["value"])
        wanted = with_on_call(topic, now.words)
        if wanted is None:
            return "it has no room for who is on call: Slack takes 250 characters"
        if wanted != plain(topic):
            await asked(self._client.conversations_setTopic(channel=channel, topic=wanted))
        return ""


def on_call(tx: Tx, ctx: Context) -> OnCall:
    """As the rota stands now."""
    people = {role: ctx.duty(tx)(role).person for role in ROLES}
    listed = dict.fromkeys(person for person in people.values() if person is not None)
    accounts = {person: ctx.slack_id(tx, person) for person in listed}
    words = " · ".join(f"{role} {ctx.name(person) if person else 'nobody'}" for role, person in people.items())
    return OnCall(
        group=ctx.config.bot.oncall_group or "",
        ids=tuple(account for account in accounts.values() if account),
        without=tuple(ctx.name(person) for person, account in accounts.items() if not account),
        words=words,
    )


def _first_taken(tx: Tx, ctx: Context, now: OnCall, former: list[str]) -> None:
    """A group that people have filled is not emptied without a word: whom it held is said once, before it is changed."""
    fact = f"usergroup:{now.group}"
    if facts.get(tx.conn, fact) is None:
        facts.put(tx.conn, fact, True, tx.at)
        if former:
            announce(tx, ctx, fact, Notice("group_taken", {"group": now.group, "former": former}))
