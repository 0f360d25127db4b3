"""Slack's health as the bot sees it: every call of the bot's client reports here; `/readyz` and the last resort are told.

Trouble that somebody has to mend is stored once for all replicas (`bot.usecases.slack_trouble`); trouble that passes by itself is
known to this process only. Reporting never fails a call: its outcome is settled before it is noted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.context import Context
from bot.ground.clock import Clock
from bot.slack import exchange
from bot.slack.manifest import OPTIONAL
from bot.slack.refusals import CALLING, Troubled, refusal_of
from bot.store import Tx
from bot.usecases import slack_trouble as use
from bot.usecases.desk import Desk
from bot.usecases.outcomes import failing, takes_pages
from bot.usecases.slack_trouble import Trouble, Where
from oncall.page import DeliveryError, Stuck
from oncall.values import dataclass

log = logging.getLogger(__name__)

PROBE_EVERY = timedelta(seconds=5)
"""While the account is in trouble, how often something that waits is tried: however much waits, it is one call."""
LOOKED_AT_EVERY = timedelta(seconds=1)
"""How often what others may have written is looked at while all is well, however many posts are taken."""
STALE = timedelta(minutes=1)
"""A passing trouble of one method is over when another one works so much later: it may not be called again for hours."""
SOCKET = "apps.connections.open"
_BESIDE = (
    "blocks.validate",
    "views.publish",
    "canvases.create",
    "canvases.access.set",
    "conversations.setTopic",
    "usergroups.users.list",
    "usergroups.users.update",
    "conversations.history",
    "conversations.replies",
    "files.completeUploadExternal",
    "files.getUploadURLExternal",
)
"""What no page needs: a look to be surer, an answer as a file. Where it is not allowed, that feature alone is off."""
_POSTS = ("chat.postMessage", "chat.update")
_TELLING = (*_POSTS, "conversations.open", "auth.test")
"""What these are refused, pages are refused."""
_OF_THE_TOKEN = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})
"""These words mean the same, whatever was asked."""


@dataclass(frozen=True, slots=True)
class _Failing:
    reason: str
    since: datetime
    last: datetime
    passing: bool


class SlackHealth:
    """One process's view of Slack's health. `ours` is the bot's channel, once that is known."""

    def __init__(self, desk: Desk, clock: Clock, ours: Callable[[], str | None] = lambda: None) -> None:
        self._desk = desk
        self._clock = clock
        self.ours = ours
        self.sure: Callable[[], bool] = lambda: True
        """Whether Slack has said that this is our workspace: before that, a channel that is not there says nothing."""
        self.socket: Callable[[], Awaitable[bool]] | None = None
        """Whether the socket by which events come in is open, where there is to be one."""
        self.granted: frozenset[str] | None = None
        """The scopes of the bot's token, as Slack names them with every answer."""
        self._failing: dict[str, _Failing] = {}
        self._standing: dict[Where, Trouble] | None = None
        self._account: Troubled | None = None
        self._probe_at: datetime | None = None
        self._looked_at = self._found_well = self._failed_last = datetime.min.replace(tzinfo=UTC)
        """When what is written down was looked at, when nothing of it was found wrong, and when a call failed, real time."""

    def gate(self) -> DeliveryError | None:
        """Why nothing is to be sent just now: the account is in trouble, and that was tried a moment ago."""
        now = self._clock.real()
        if self._account is None:
            return None
        if self._probe_at is not None and now < self._probe_at:
            return Stuck(self._account.reason)
        self._probe_at = now + PROBE_EVERY
        return None

    async def troubles(self) -> list[str]:
        """What does not work at present, as far as this process has tried it: a sentence each."""
        failing = [(method, it) for method, it in sorted(self._failing.items()) if method != SOCKET]
        found = [f"{method} fails since {it.since:%H:%M} UTC: {it.reason}" for method, it in failing]
        if self.socket is not None and not await self.socket():
            refused = self._failing.get(SOCKET)
            why = f" ({refused.reason})" if refused else ""
            found.append(f"the socket is not open{why}, so that no click, command or post of the channel comes in")
        return found

    def without(self) -> list[str]:
        """What is off because an optional scope was not granted: a clause each."""
        absent = sorted(set(OPTIONAL) - self.granted) if self.granted is not None else []
        return [f"without {scope} I cannot {OPTIONAL[scope]}" for scope in absent]

    async def failed(self, method: str, error: DeliveryError, channel: str | None = None) -> None:
        """A call was refused."""
        self._failed_last = self._clock.real()
        found = error.trouble if isinstance(error, Troubled) else None
        place = self._place(method, found, channel)
        if place is not None:
            if place.where == "account" and isinstance(error, Troubled):
                self._account, self._probe_at = error, self._clock.real() + PROBE_EVERY
            await self.fails(place)
        elif method not in _BESIDE and (found is None or found.where == "account"):
            self.note(method, error)

    async def worked(self, method: str, channel: str | None = None) -> None:
        """A call was taken."""
        now = self._clock.real()
        self._failing = {
            name: it
            for name, it in self._failing.items()
            if name != method and not (it.passing and now - it.last > STALE)
        }
        if method == SOCKET or method in _BESIDE:
            return
        posted = method == "chat.postMessage" and not self._looked_just_now(now)
        if posted or self._standing is None or self._standing.get("account") is not None:
            await self._settle(method, channel)

    def _looked_just_now(self, now: datetime) -> bool:
        return self._failed_last < self._found_well and now - self._looked_at < LOOKED_AT_EVERY

    async def fails(self, trouble: Trouble) -> None:
        """Nothing goes through there: people are told once."""
        if trouble.where == "channel" and not self.sure():
            return
        self._failed_last = self._clock.real()
        self._standing = (self._standing or {}) | {trouble.where: trouble}
        if await self._desk.do(use.fails, trouble):
            log.error("Slack's %s cannot be used: %s", trouble.where, trouble.code or trouble.why)

    def _place(self, method: str, trouble: Trouble | None, channel: str | None) -> Trouble | None:
        """The trouble as far as it is everybody's: not one of a list, of the socket's own token, or of another channel."""
        if trouble is None or method == SOCKET or method in _BESIDE:
            return None
        if trouble.where == "channel":
            return trouble if method == "chat.postMessage" and channel == self.ours() else None
        if trouble.why == "scope" and method == "conversations.open":
            return Trouble("direct", "scope", trouble.code)
        return trouble if method in _TELLING or trouble.code in _OF_THE_TOKEN else None

    def note(self, method: str, error: DeliveryError) -> None:
        """Errors of one message or one person say nothing about Slack; nor does being asked to slow down."""
        passing = error.temporary and not isinstance(error, Stuck)
        if error.retry_after is not None or not error.temporary:
            return
        now = self._clock.real()
        before = self._failing.get(method)
        since = before.since if before else now
        self._failing[method] = _Failing(error.reason, since, now, passing)

    async def _settle(self, method: str, channel: str | None) -> None:
        """What is written down and works by now is over."""
        at = self._looked_at = self._clock.real()
        troubles, pages = await self._desk.look(_written_down)
        if not troubles and not pages:
            self._found_well = at
        over = [where for where, it in troubles.items() if self._over(it, method, channel)]
        self._standing = {where: it for where, it in troubles.items() if where not in over}
        if "account" not in self._standing:
            self._account = None
        pages = pages and method == "chat.postMessage" and "direct" not in self._standing
        if over or pages:
            await self._desk.do(_end, over, pages)
            log.info("Slack works again")

    def _over(self, trouble: Trouble, method: str, channel: str | None) -> bool:
        posted = method == "chat.postMessage"
        if trouble.where == "account":
            return method in _POSTS or trouble.why != "scope"
        if trouble.where == "direct":
            return posted and str(channel).startswith("D")
        return posted and channel is not None and channel == self.ours()


class Client(AsyncWebClient):
    """Slack's client, watched. It raises what Slack's own does."""

    def __init__(self, *args: Any, health: SlackHealth, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._health = health

    async def api_call(self, api_method: str, **kwargs: Any) -> AsyncSlackResponse:
        sent = kwargs.get("json") or kwargs.get("params") or {}
        channel = sent.get("channel") if isinstance(sent, dict) else None
        try:
            answer = await self._answer(api_method, **kwargs)
        except CALLING as error:
            await _noted(self._health.failed(api_method, refusal_of(error), channel))
            raise
        except asyncio.CancelledError:  # whoever asked gave up waiting, so that nobody else says that Slack hangs
            self._health.note(api_method, DeliveryError("no answer in time", temporary=True))
            raise
        if api_method != SOCKET and (scopes := answer.headers.get("x-oauth-scopes")) is not None:
            self._health.granted = frozenset(scope.strip() for scope in scopes.split(","))
        await _noted(self._health.worked(api_method, channel))
        return answer

    async def _answer(self, api_method: str, **kwargs: Any) -> AsyncSlackResponse:
        if self.session is not None and kwargs.keys() == {"json"} and "token" not in kwargs["json"]:
            return await exchange.call(self, self.session, api_method, kwargs["json"])
        return await super().api_call(api_method, **kwargs)


def _written_down(tx: Tx, ctx: Context) -> tuple[dict[Where, Trouble], bool]:
    """The troubles there are, and whether the last page was not taken."""
    return use.standing(tx, ctx), failing(tx, "slack") is not None


def _end(tx: Tx, ctx: Context, places: Sequence[Where], pages: bool) -> None:
    use.works(tx, ctx, *places)
    if pages:
        takes_pages(tx, ctx, "slack")


async def _noted(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # what became of the call is settled; failing here would only send it again
        log.exception("could not note how Slack is")
