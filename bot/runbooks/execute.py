"""The one place that sends a runbook's requests.

It refuses hosts that the allow-list does not name, redirects, and compressed or endless answers. A changing request is never sent
twice: only a read-only one is tried again, at most twice, if the connection failed or the server answered 5xx.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from typing import Any

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
)

from bot.ground.redaction import PLAIN, Mask
from bot.runbooks.answer import Answer, read_answer, unreadable
from bot.runbooks.request import Outcome, Request
from bot.runbooks.urls import host_allowed, host_of
from oncall.values import replace

log = logging.getLogger(__name__)

LONGEST_ANSWER = 64 * 1024
"""How many bytes of an answer are read."""
RETRIES = 2
_NO_ADDRESS = "Invalid URL in location header"
"""How httpx's error for an unreadable `Location` begins: it looks at one even if it may not follow it."""


async def execute(
    request: Request, client: httpx.AsyncClient, hosts: Collection[str], *, mask: Mask = PLAIN, pause: float = 0.2
) -> Outcome:
    """Send the request and return its outcome, without anything that `mask` knows. Never raises, whatever the network does.

    All tries together take no longer than the request's timeout. `pause` is the time in seconds before the first repetition of a
    read-only request; it doubles.
    """
    refused = refusal(request, hosts)
    if refused:
        return Outcome(ok=False, text=refused)
    began = time.monotonic()
    retrying = AsyncRetrying(
        stop=stop_after_attempt(1 + RETRIES if request.read_only else 1) | stop_before_delay(request.timeout),
        wait=wait_exponential(multiplier=pause, max=2),
        retry=retry_if_result(_temporary),
        retry_error_callback=_last,
    )
    answer: Answer = await retrying(_within, request, client, began + request.timeout)
    outcome = _read(answer, request, mask.also([request.token]))
    return replace(outcome, latency_s=round(time.monotonic() - began, 3))


def _read(answer: Answer, request: Request, mask: Mask) -> Outcome:
    """The outcome, whatever the answer is: an exchange that took place must never be left without one."""
    try:
        return read_answer(answer, request, mask)
    except Exception:  # the answer comes from outside, and may be anything
        log.exception("an answer could not be read", extra={"host": request.host})
        return unreadable(answer.status, read_only=request.read_only)


def refusal(request: Request, hosts: Collection[str]) -> str:
    """Why the request may not be sent at all; empty if it may. Checked here again, whatever was checked at load."""
    try:
        parsed = httpx.URL(request.url)
        # Two parsers have to agree on the host, so that no odd spelling gets past the list.
        plain = parsed.scheme in ("http", "https") and not parsed.userinfo and host_of(str(parsed)) == request.host
    except (httpx.InvalidURL, ValueError):
        plain = False
    if not plain:
        return "Not sent: the URL is not a plain http(s) URL."
    if not host_allowed(request.host, hosts):
        return f"Not sent: {request.host} is not in the list of allowed hosts (`hosts` in bot.yml). Add it there if it should be."
    return ""


async def _within(request: Request, client: httpx.AsyncClient, until: float) -> Answer:
    return await exchange(request, client, within=until - time.monotonic())


async def exchange(request: Request, client: httpx.AsyncClient, *, within: float | None = None) -> Answer:
    """One try of a request that was not refused. Everything that goes wrong becomes an `Answer` without a status.

    `within`: seconds, if less than the request's timeout is left.
    """
    seconds = request.timeout if within is None else within
    # A bare Request: the client's own default headers, cookies and credentials must not be added to what was confirmed.
    sent = httpx.Request(
        request.method,
        request.url,
        headers=[*request.wire_headers()],
        content=request.body or None,
        extensions={"timeout": _timeouts(seconds)},
    )
    try:
        async with asyncio.timeout(seconds):
            response = await client.send(sent, stream=True, auth=None, follow_redirects=False)
            return await _receive(response)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return Answer(trouble=_why(error, request), temporary=True)
    except (httpx.TimeoutException, TimeoutError):
        return Answer(trouble=f"no answer within {request.timeout:g} s", left=True)
    except httpx.HTTPError as error:
        if _NO_ADDRESS in str(error):
            return Answer(trouble="the answer is a redirect to something that is not an address", left=True)
        return Answer(trouble=_why(error, request), left=True, temporary=True)


def _timeouts(seconds: float) -> dict[str, float | None]:
    # A connection that was never made is a certain failure, so that has to be noticed before the whole time is over.
    return httpx.Timeout(seconds, connect=seconds / 2, pool=seconds / 2).as_dict()


async def _receive(response: httpx.Response) -> Answer:
    body, cut = bytearray(), False
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LONGEST_ANSWER:
                cut = True
                break
    finally:
        await response.aclose()
    return Answer(
        status=response.status_code,
        reason=response.reason_phrase,
        kind=response.headers.get("content-type", ""),
        encoding=response.headers.get("content-encoding", ""),
        location=response.headers.get("location", ""),
        body=bytes(body[:LONGEST_ANSWER]),
        cut=cut,
        temporary=response.status_code >= 500,
    )


def _why(error: httpx.HTTPError, request: Request) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return f"no connection to {request.host}"
    return f"the exchange with {request.host} broke off ({type(error).__name__})"


def _temporary(answer: Answer) -> bool:
    return answer.temporary


def _last(state: RetryCallState) -> Any:
    """After the last try, returns its answer instead of raising."""
    return state.outcome.result() if state.outcome else None
