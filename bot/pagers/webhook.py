"""A page to a system of your own: one signed POST, as Standard Webhooks 1.0 describes it (https://www.standardwebhooks.com).

`webhook-id` is the same at each attempt, so that a repeat can be told; `webhook-timestamp` is when this attempt left; the signature
is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, by the secret without its `whsec_`. Any 2xx means taken. Of the end
of a page it is told, too: `page.acknowledged`, `page.resolved`. Follows no redirect: a page goes where its address says.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any

import aiohttp
import orjson

from bot.ground.clock import Clock
from bot.ground.redaction import cleaned
from bot.pagers.exchange import Answer, busy, post
from oncall.page import DeliveryError, Page, Receipt
from oncall.policy import transport_name

TYPES = {"trigger": "page.triggered", "acknowledge": "page.acknowledged", "resolve": "page.resolved"}
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, as the specification wants them."""
LONGEST_ID = 100
"""Characters of a receiver's own id that are kept."""


class Webhook:
    """Posts to the page's address. `name` is the transport's in bot.yml, `secret` the text that signs."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock, name: str, secret: str) -> None:
        self._session, self._clock = session, clock
        self.name = name
        self._secret = secret

    async def send(self, page: Page) -> Receipt:
        """Raises `DeliveryError`."""
        who = transport_name(self.name)
        key = key_of(self._secret)
        if not page.address or key is None:
            what = "address" if key is not None else f"secret of whsec_ and the base64 of {SHORTEST} to {LONGEST} bytes"
            raise DeliveryError(f"{who} has no {what}", temporary=False)
        body = orjson.dumps(payload(page), option=orjson.OPT_UTC_Z)
        at = int(self._clock.real().timestamp())
        answer = await post(self._session, who, page.address, body, headers(key, message_id(page), at, body))
        if answer.is_success:
            return Receipt(id=_own_id(answer), detail=f"answered {answer.status}")
        if (error := busy(answer, who)) is not None:
            raise error
        raise DeliveryError(f"{who} refused the page ({answer.status})", temporary=False)


def key_of(secret: str) -> bytes | None:
    """The key that a secret of the specification stands for; nothing where it is none."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if secret.startswith("whsec_") and SHORTEST <= len(key) <= LONGEST else None


def message_id(page: Page) -> str:
    """The same for every attempt of one page, another for its end."""
    return f"msg_{hashlib.sha256(f'{page.service}:{page.key}:{page.action}'.encode()).hexdigest()[:32]}"


def headers(key: bytes, id_: str, at: int, body: bytes) -> dict[str, str]:
    signature = hmac.new(key, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def payload(page: Page) -> dict[str, Any]:
    """Everything that a page says; what an incident is now may be asked of `/api/incidents`."""
    data = {
        "incident": page.incident,
        "service": page.service,
        "title": page.title,
        "headline": page.line.line(),
        "severity": page.severity,
        "drill": page.line.drill,
        "state": page.state,
        "level": page.level,
        "role": page.role,
        "person": page.person,
        "why": page.text,
        "opened_at": page.opened_at,
        "respond_by": page.respond_by,
        "alerts": page.alerts,
        "possible_repeat": page.possible_repeat,
        "details": page.details,
        "links": [{"text": text, "href": url} for text, url in page.links],
    }
    return dict(cleaned({"type": TYPES[page.action], "timestamp": page.called_at or page.opened_at, "data": data}))


def _own_id(answer: Answer) -> str:
    """The receiver's id for what it took, if it gives one: `{"id": …}`."""
    try:
        found = answer.json()
    except ValueError:
        return ""
    own = found.get("id") if isinstance(found, dict) else None
    return str(own)[:LONGEST_ID] if isinstance(own, str | int) else ""
