"""Keeps a copy of the workspace's list of people, so that no click and no page waits for Slack to say who somebody is.

Whoever is missing in it is asked about alone: the account of a click by its id, a person to be paged by their address. It refuses
to ask the same twice at a time, or about the same address again within a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.accounts import Kind, Member
from bot.context import Context
from bot.slack.identity import Identity
from bot.slack.messenger import asked
from bot.slack.pagination import PagedList
from bot.slack.refusals import passes_by_itself
from bot.store import Tx, people
from bot.usecases.accounts import say_doubts
from bot.usecases.desk import Desk
from bot.usecases.shifts import update_rota_display
from oncall.page import DeliveryError
from oncall.values import replace

PAGE = 200
"""People per call, as Slack recommends (https://docs.slack.dev/reference/methods/users.list)."""
FIND_WITHIN = 3.0
"""Real seconds that a page waits for the answer."""
ASK_AGAIN = timedelta(minutes=1)
"""How long what Slack said about an address holds, real time."""
HIDDEN = ("user_not_found", "user_not_visible")
"""Slack's words for an account that it does not show to the bot."""

_SLACKBOT = "USLACKBOT"
"""Which says of itself that it is no bot."""


class Directory:
    """Reads the list, and asks about one account. `rest` waits so many real seconds."""

    def __init__(
        self,
        client: AsyncWebClient,
        desk: Desk,
        identity: Identity,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._desk = desk
        self._identity = identity
        self._rest = rest
        self._listing = PagedList(lambda cursor: self._client.users_list(limit=PAGE, cursor=cursor), desk.clock)
        self.is_read = False
        """Whether the list was read to its end, or cannot be until somebody mends that."""
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[str, datetime] = {}

    async def read(self) -> None:
        """Read the list to its end, as fast as Slack lets it. Raises `DeliveryError` for any other trouble."""
        while True:
            try:
                async for page in self._listing.pages():
                    await self._keep(page["members"])
                await self._desk.do(_read_whole)
                self.is_read = True
                return
            except DeliveryError as error:
                if error.retry_after is None:
                    self.is_read = self.is_read or not passes_by_itself(error)
                    raise
                await self._rest(error.retry_after.total_seconds())

    async def meet(self, user_id: str) -> None:
        """Ask who an account is. Raises `DeliveryError` where Slack does not say so."""
        await self._once(user_id, self._meet)

    async def find(self, email: str) -> None:
        """Ask whose account has an address, for a page that waits for it. Raises `DeliveryError`; nothing has left then."""
        asked_at = self._asked.get(email)
        if asked_at is not None and self._desk.clock.real() - asked_at < ASK_AGAIN:
            return
        try:
            async with asyncio.timeout(FIND_WITHIN):
                await self._once(email, self._find)
        except TimeoutError:
            raise DeliveryError("Slack does not say whose account that is", temporary=True) from None
        except DeliveryError as error:
            raise DeliveryError(error.reason, temporary=error.temporary, retry_after=error.retry_after) from None

    async def _once(self, what: str, ask: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        if what not in self._asking:
            task = self._asking[what] = asyncio.create_task(ask(what), name=f"asking about {what}")
            task.add_done_callback(lambda _: self._asking.pop(what))
        await asyncio.shield(self._asking[what])

    async def _meet(self, user_id: str) -> None:
        try:
            answer = await asked(self._client.users_info(user=user_id))
        except DeliveryError as error:
            if not any(word in error.reason for word in HIDDEN):
                raise
            hidden = Member(team=self._team, id=user_id, email=None, name=user_id, kind="hidden", deleted=False)
            await self._desk.do(_save, [hidden])
        else:
            await self._keep([_user_of(answer)])

    async def _find(self, email: str) -> None:
        try:
            answer = await asked(self._client.users_lookupByEmail(email=email))
        except DeliveryError as error:
            if "users_not_found" not in error.reason:
                raise
        else:
            member = read_member(_user_of(answer), self._team)
            await self._desk.do(_save, [replace(member, email=member.email or email.lower())])
        self._asked[email] = self._desk.clock.real()

    async def _keep(self, users: list[dict[str, Any]]) -> None:
        await self._desk.do(_save, [read_member(user, self._team) for user in users])

    @property
    def _team(self) -> str:
        if not self._identity.known:
            raise DeliveryError("Slack has not said yet which workspace this is", temporary=True)
        return self._identity.team


def read_member(user: Mapping[str, Any], team: str) -> Member:
    """What Slack says about an account (https://docs.slack.dev/reference/objects/user-object), as `team` sees it."""
    profile = user.get("profile") or {}
    email = profile.get("email") or None
    return Member(
        team=team,
        id=user["id"],
        email=email.lower() if email else None,
        name=profile.get("display_name")
        or profile.get("real_name")
        or user.get("real_name")
        or user.get("name")
        or user["id"],
        kind=_kind(user, team),
        deleted=bool(user.get("deleted")),
    )


def _kind(user: Mapping[str, Any], team: str) -> Kind:
    if user.get("is_bot") or user.get("is_workflow_bot") or user["id"] == _SLACKBOT:
        return "app"
    if user.get("is_stranger") or not _is_ours(user, team):
        return "outside"
    return "guest" if user.get("is_restricted") or user.get("is_ultra_restricted") else "member"


def _is_ours(user: Mapping[str, Any], team: str) -> bool:
    """On Enterprise Grid an account may have its home in a sister workspace, and be a member of several."""
    teams = (user.get("enterprise_user") or {}).get("teams")
    return team in teams if teams else (user.get("team_id") or team) == team


def _save(tx: Tx, ctx: Context, members: list[Member]) -> None:
    people.save(tx.conn, members, tx.at)


def _read_whole(tx: Tx, ctx: Context) -> None:
    """What shows who is on call may show somebody now whom nobody knew before."""
    say_doubts(tx, ctx)
    update_rota_display(tx, ctx)


def _user_of(answer: AsyncSlackResponse) -> dict[str, Any]:
    """The account in an answer that has one, as it must. Raises `DeliveryError`."""
    user = answer.get("user")
    if not isinstance(user, dict) or not user.get("id"):
        raise DeliveryError("Slack's answer names no account", temporary=True)
    return user
