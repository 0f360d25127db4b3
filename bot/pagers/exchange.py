"""One HTTP exchange with a vendor that takes pages. Refuses to repeat what may have arrived: that is the outbox's to say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from oncall.page import DeliveryError


async def post(client: httpx.AsyncClient, who: str, url: str, **what: Any) -> httpx.Response:
    """What was answered. A connection that could not be made is tried once more at once, since nothing was sent then.

    Raises `DeliveryError` in the name of `who`.
    """
    try:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(httpx.ConnectError),
            stop=stop_after_attempt(2),
            wait=wait_random_exponential(multiplier=0.1, max=0.5),
            reraise=True,
        ):
            with attempt:
                return await client.post(url, **what)
    except httpx.HTTPError as error:
        maybe = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        raise DeliveryError(f"{who} cannot be reached ({type(error).__name__})", temporary=True, maybe=maybe) from None
    raise AssertionError("unreachable: the loop returns or raises")


def busy(answer: httpx.Response, who: str) -> DeliveryError | None:
    """The error of an answer after which the same may well be taken later."""
    if answer.status_code not in (408, 429) and answer.status_code < 500:
        return None
    text, limited = f"{who} answered {answer.status_code}", answer.status_code == 429
    return DeliveryError(text, temporary=True, retry_after=_retry_after(answer), limited=limited)


def _retry_after(answer: httpx.Response) -> timedelta | None:
    try:
        return timedelta(seconds=float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None
