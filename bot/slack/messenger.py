"""Every call to Slack's Web API that sends something, and the one place where Slack's errors become the house's.

It refuses to retry: a refusal becomes a `DeliveryError` that says whether and when another attempt makes sense
(https://api.slack.com/docs/rate-limits: HTTP 429 with `Retry-After` in whole seconds; everything else is HTTP 200 with
`ok: false` and an error).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.views.facts import Message
from bot.usecases.channel import Trouble
from oncall.page import DeliveryError

_PASSING = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
    }
)
"""Slack's own troubles: they pass."""
CHANNEL_TROUBLE: Mapping[str, Trouble] = {
    "channel_not_found": "not_found",
    "not_in_channel": "not_invited",
    "is_archived": "archived",
    "restricted_action": "forbidden",
    "restricted_action_read_only_channel": "forbidden",
    "restricted_action_thread_only_channel": "forbidden",
    "restricted_action_non_threadable_channel": "forbidden",
}
"""Somebody can mend these (https://docs.slack.dev/reference/methods/chat.postMessage): tried again until then."""
_MENDED_BY_PEOPLE = timedelta(seconds=60)


class ChannelTrouble(DeliveryError):
    """A channel cannot be posted in until somebody mends it. Slack names no time; other channels need not wait for it."""

    def __init__(self, reason: str, trouble: Trouble) -> None:
        super().__init__(reason, temporary=True)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands."""

    channel: str
    ts: str


class Messenger:
    """Sends to one workspace. `refused` says why that is not to be served, if so: nothing leaves then."""

    def __init__(self, client: AsyncWebClient, refused: Callable[[], str] = lambda: "") -> None:
        self._slack = client
        self._refused = refused
        self._direct: dict[str, str] = {}

    @property
    def _client(self) -> AsyncWebClient:
        """Raises `DeliveryError`."""
        if why := self._refused():
            raise DeliveryError(f"Slack is not used: {why}", temporary=True, retry_after=_MENDED_BY_PEOPLE)
        return self._slack

    async def post(
        self,
        channel: str,
        message: Message,
        *,
        thread: str | None = None,
        broadcast: bool = False,
        metadata: Mapping[str, Any] | None = None,
    ) -> Posted:
        """Post a message, in a thread if one is named; `broadcast` shows such a reply in the channel, too."""
        answer = await asked(
            self._client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=list(message.blocks),
                thread_ts=thread,
                reply_broadcast=broadcast or None,
                metadata=dict(metadata) if metadata else None,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return Posted(str(answer["channel"]), str(answer["ts"]))

    async def redraw(self, place: Posted, message: Message) -> None:
        """Put another message in the place of one of ours. Notifies nobody."""
        await asked(
            self._client.chat_update(channel=place.channel, ts=place.ts, text=message.text, blocks=list(message.blocks))
        )

    async def direct(self, user: str, message: Message) -> Posted:
        """Post to a person's direct messages."""
        return await self.post(await self._direct_channel(user), message)

    async def link(self, place: Posted) -> str:
        """The permalink of a message, or nothing where Slack does not give one: a link is never worth a failed page."""
        try:
            answer = await asked(self._client.chat_getPermalink(channel=place.channel, message_ts=place.ts))
        except DeliveryError:
            return ""
        return str(answer["permalink"])

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        await asked(self._client.views_open(trigger_id=trigger_id, view=dict(view)))

    async def recent(self, channel: str, limit: int = 50) -> list[dict[str, Any]]:
        """The newest root messages of a channel, with their metadata."""
        answer = await asked(
            self._client.conversations_history(channel=channel, limit=limit, include_all_metadata=True)
        )
        return list(answer["messages"])

    async def _direct_channel(self, user: str) -> str:
        if user not in self._direct:
            answer = await asked(self._client.conversations_open(users=[user]))
            self._direct[user] = str(answer["channel"]["id"])
        return self._direct[user]


async def asked(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Await a call; raises `DeliveryError`."""
    try:
        return await call
    except SlackApiError as error:
        raise _translated(error) from None
    except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError) as error:
        # Only where no connection came about is it certain that Slack has not done it.
        maybe = not isinstance(error, aiohttp.ClientConnectorError)
        reason = f"Slack cannot be reached ({type(error).__name__})"
        raise DeliveryError(reason, temporary=True, maybe=maybe) from None


def _translated(error: SlackApiError) -> DeliveryError:
    status = int(getattr(error.response, "status_code", 200) or 200)
    data = error.response if isinstance(error.response, Mapping) else getattr(error.response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, Mapping) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        headers = getattr(error.response, "headers", None) or {}
        wait = headers.get("Retry-After") or headers.get("retry-after") or "1"
        pause = timedelta(seconds=_seconds(wait))
        return DeliveryError("Slack asks to slow down", temporary=True, retry_after=pause, limited=True)
    if status >= 500 or code in _PASSING:
        return DeliveryError(f"Slack has trouble ({code or status})", temporary=True)
    if code in CHANNEL_TROUBLE:
        return ChannelTrouble(f"Slack refuses: {code}", CHANNEL_TROUBLE[code])
    return DeliveryError(f"Slack refuses: {code or status}", temporary=False)


def _seconds(word: str) -> float:
    try:
        return max(0.0, float(word))
    except ValueError:
        return 1.0
