"""One HTTP exchange with a vendor that takes pages. Refuses to repeat what may have arrived: that is the outbox's to say.

By aiohttp, whose connections cost a page a tenth of what httpx's do, and stay open between pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bot.ground.redaction import pause
from bot.ground.tls import trusted
from oncall.page import DeliveryError
from oncall.values import dataclass

CONNECT_S, ANSWER_S = 3.0, 8.0
KEPT_OPEN_S = 60.0
"""How long a connection stays open that carries nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A vendor's answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Raises `ValueError`."""
        return orjson.loads(self.body)


def new_session() -> aiohttp.ClientSession:
    """For pages alone: they wait for no connection that something else holds. Keeps no cookie, follows no proxy."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=ANSWER_S)
    connector = aiohttp.TCPConnector(ssl=trusted(), limit=0, keepalive_timeout=KEPT_OPEN_S)
    return aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())


async def post(
    session: aiohttp.ClientSession, who: str, url: str, body: bytes, headers: Mapping[str, str] | None = None
) -> Answer:
    """JSON. A connection that could not be made is tried once more at once, since nothing was sent then. No redirect is followed.

    Raises `DeliveryError` in the name of `who`.
    """
    given = {"Content-Type": "application/json", **(headers or {})}
    try:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(aiohttp.ClientConnectorError),
            stop=stop_after_attempt(2),
            wait=wait_random_exponential(multiplier=0.1, max=0.5),
            reraise=True,
        ):
            with attempt:
                async with session.post(url, data=body, headers=given, allow_redirects=False) as answer:
                    return Answer(answer.status, answer.headers, await answer.read())
    except (aiohttp.ClientError, TimeoutError) as error:
        maybe = not isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
        raise DeliveryError(f"{who} cannot be reached ({type(error).__name__})", temporary=True, maybe=maybe) from None
    raise AssertionError("unreachable: the loop returns or raises")


def busy(answer: Answer, who: str) -> DeliveryError | None:
    """The error of an answer after which the same may well be taken later."""
    if answer.status not in (408, 429) and answer.status < 500:
        return None
    text, limited = f"{who} answered {answer.status}", answer.status == 429
    return DeliveryError(text, temporary=True, retry_after=pause(answer.headers.get("Retry-After")), limited=limited)
