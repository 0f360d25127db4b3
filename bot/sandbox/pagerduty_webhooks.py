"""The webhooks of the sandbox's PagerDuty: they tell the bot what was done there, signed and shaped as the vendor's V3 webhooks.

https://developer.pagerduty.com/docs/webhooks-overview and …/webhooks-behavior: one event per post, in the order in which they
happened, up to five attempts with the same `X-Webhook-Id`; a 4xx other than 429 drops it. They are sent only to this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import uuid
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from bot.ground.loopback import is_loopback
from bot.ground.tls import trusted
from oncall.values import dataclass

WITHIN_S = 5.0
"""Seconds the vendor waits for an answer."""
ATTEMPTS = 5
PAUSE_S = 0.5
"""Before the second attempt; twice as long before each further one. The vendor's pauses are minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One attempt, for tests: what was posted and the status of the answer (0 for none)."""

    id: str
    body: bytes
    status: int


class Webhooks:
    """Posts to one URL, each event until it is taken or dropped. Each post is signed with all `secrets`."""

    def __init__(self, url: str, secrets: tuple[str, ...]) -> None:
        if not is_loopback(urlsplit(url).hostname or ""):
            raise ValueError(f"the sandbox sends nothing beyond this machine, and {url} is not on it")
        self._url, self.secrets = url, secrets
        self._client = httpx.AsyncClient(timeout=WITHIN_S, trust_env=False, verify=trusted())
        self._waiting: deque[bytes] = deque()
        self._sending: asyncio.Task[None] | None = None
        self.posts: deque[Post] = deque(maxlen=1_000)

    def send(self, event: dict[str, Any]) -> None:
        """Adds the event after those that are still waiting."""
        self._waiting.append(orjson.dumps({"event": event}))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_waiting(), name="pagerduty webhooks")

    async def quiet(self) -> None:
        """Wait until every event was taken or dropped."""
        while self._sending is not None and not self._sending.done():
            await asyncio.wait({self._sending})

    async def stop(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sending
        await self._client.aclose()

    async def _send_waiting(self) -> None:
        while self._waiting:
            await self._deliver(self._waiting.popleft())

    async def _deliver(self, body: bytes) -> None:
        delivery = str(uuid.uuid4())
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(PAUSE_S * 2 ** (attempt - 1))
            status = await self.post(delivery, body)
            if 200 <= status < 500 and status != 429:
                return

    async def post(self, delivery: str, body: bytes) -> int:
        """One attempt. Returns the status of the answer; 0 if there was none."""
        try:
            status = (
                await self._client.post(self._url, content=body, headers=self._headers(delivery, body))
            ).status_code
        except httpx.HTTPError:
            status = 0
        self.posts.append(Post(id=delivery, body=body, status=status))
        return status

    def _headers(self, delivery: str, body: bytes) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-PagerDuty-Signature": ",".join(signature(secret, body) for secret in self.secrets),
            "X-Webhook-Id": delivery,
            "X-Webhook-Subscription": "PSANDBX",
        }


def signature(secret: str, body: bytes) -> str:
    return f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account at PagerDuty."""

    id: str
    name: str


def user_reference(user: User) -> dict[str, str]:
    return _reference("users", user.id, user.name, "user_reference")


INTEGRATION = {
    "id": "PINTEGR",
    "self": "https://api.pagerduty.com/services/PSERVIC/integrations/PINTEGR",
    "html_url": "https://sandbox.pagerduty.com/services/PSERVIC/integrations/PINTEGR",
    "summary": "Events API V2",
    "type": "events_api_v2_inbound_integration_reference",
}
"""The agent of events that came in through the Events API."""
SERVICE = {
    "id": "PSERVIC",
    "self": "https://api.pagerduty.com/services/PSERVIC",
    "html_url": "https://sandbox.pagerduty.com/services/PSERVIC",
    "summary": "Video system",
    "type": "service_reference",
}
"""The agent of what happened by itself, such as the end of an acknowledgement's time."""
_POLICY = {
    "id": "PPOLICY",
    "self": "https://api.pagerduty.com/escalation_policies/PPOLICY",
    "html_url": "https://sandbox.pagerduty.com/escalation_policies/PPOLICY",
    "summary": "Video on call",
    "type": "escalation_policy_reference",
}


def event(kind: str, *, at: str, agent: dict[str, str] | None, data: dict[str, Any]) -> dict[str, Any]:
    """The envelope of one event. `kind` is given without `incident.`."""
    return {
        "id": str(uuid.uuid4()),
        "event_type": f"incident.{kind}",
        "resource_type": "incident",
        "occurred_at": at,
        "agent": agent,
        "client": {"name": "PagerDuty"} if agent is not None and agent["type"] == "user_reference" else None,
        "data": data,
    }


def incident(
    *, id_: str, number: int, status: str, key: str, created_at: str, title: str, assignee: User
) -> dict[str, Any]:
    """The `data` of most events."""
    return {
        "id": id_,
        "type": "incident",
        "self": f"https://api.pagerduty.com/incidents/{id_}",
        "html_url": f"https://sandbox.pagerduty.com/incidents/{id_}",
        "number": number,
        "status": status,
        "incident_key": key,
        "created_at": created_at,
        "title": title,
        "service": SERVICE,
        "assignees": [user_reference(assignee)],
        "escalation_policy": _POLICY,
        "teams": [],
        "priority": None,
        "urgency": "high",
        "conference_bridge": None,
        "resolve_reason": None,
    }


def note(*, incident_id: str, title: str, note_id: str, content: str) -> dict[str, Any]:
    """The `data` of `incident.annotated`: here the incident is named only by its id, without its key."""
    about = _reference("incidents", incident_id, title, "incident_reference")
    return {"incident": about, "id": note_id, "content": content, "trimmed": False, "type": "incident_note"}


def _reference(kind: str, id_: str, summary: str, type_: str) -> dict[str, str]:
    return {
        "html_url": f"https://sandbox.pagerduty.com/{kind}/{id_}",
        "id": id_,
        "self": f"https://api.pagerduty.com/{kind}/{id_}",
        "summary": summary,
        "type": type_,
    }
