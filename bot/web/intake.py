"""Alerts in over HTTP. The answer leaves only after the alerts are on disk.

A plain ASGI endpoint: on these routes a burst arrives, and every layer between the socket and the store costs each of them.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from time import perf_counter

from starlette.types import Receive, Scope, Send

from bot.errors import Overloaded, StoreDown
from bot.ground.clock import Clock
from bot.ground.metrics import Metrics
from bot.sources import Read, Source, SourceError, parse
from bot.sources.elsewhere import belongs_to
from bot.web.answers import CRASHED, RETRY_AFTER_S, send_json
from bot.web.body import ALERTS_LIMIT, Gone, TooLarge, read_body, too_large
from bot.web.guard import Guard
from bot.web.ports import Intake

log = logging.getLogger(__name__)

_RETRY = (b"retry-after", str(RETRY_AFTER_S).encode())
NOT_CONFIRMED = "Nothing of this post was confirmed as taken: send it again shortly."
LARGE = 128 * 1024
"""Bytes that are still read at once, in about a millisecond."""
OVERLOADED = f"Too many alerts are waiting to be written. {NOT_CONFIRMED}"


def _read(source: Source, raw: bytes, at: datetime) -> Read:
    """Raises `SourceError`, which says first where the payload belongs, if it is another sender's."""
    payload = parse(raw)
    try:
        return source.read(payload, at)
    except SourceError as error:
        elsewhere = belongs_to(payload, source.path)
        raise SourceError(f"{elsewhere} {error}".lstrip()) from None


class TakeAlerts:
    """The endpoint of one alert format."""

    def __init__(self, source: Source, *, intake: Intake, guard: Guard, metrics: Metrics, clock: Clock) -> None:
        self._source, self._intake, self._guard, self._clock = source, intake, guard, clock
        self._rejected = metrics.intake_rejected
        self._accepted = metrics.alerts_accepted.labels(source.name)
        self._ignored = metrics.alerts_ignored
        self._seconds = metrics.intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        try:
            await self._answer(scope, receive, send)
        except Exception:  # a defect of ours: the sender is told that nothing is certain, and comes again
            log.exception("an alert post failed at %s", self._source.path)
            await self._reject(send, 500, "failed", CRASHED)
        finally:
            self._seconds.observe(perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._guard.refusal(scope)
        if refused is not None:
            await self._reject(send, 401, "unauthorized", refused, (b"www-authenticate", b"Bearer"))
            return
        try:
            raw = await read_body(scope, receive, ALERTS_LIMIT)
            await self._take(await self._read(raw), send)
        except Gone:
            self._rejected.labels("disconnected").inc()
        except TooLarge:
            await self._reject(send, 413, "too_large", too_large(ALERTS_LIMIT))
        except SourceError as error:
            await self._reject(send, 400, "unreadable", str(error))
        except StoreDown as down:
            await self._reject(send, 503, "no_database", f"{down} {NOT_CONFIRMED}", _RETRY)
        except Overloaded:
            # 503, never 429: Alertmanager and Datadog drop an alert for good on any 4xx.
            await self._reject(send, 503, "overloaded", OVERLOADED, _RETRY)

    async def _read(self, raw: bytes) -> Read:
        """A large post is read beside the loop: nobody's click waits until a megabyte has been looked through."""
        if len(raw) <= LARGE:
            return _read(self._source, raw, self._clock.now())
        return await asyncio.to_thread(_read, self._source, raw, self._clock.now())

    async def _take(self, read: Read, send: Send) -> None:
        done = await self._intake.accept(read.alerts, read.complaints)
        self._accepted.inc(done.accepted)
        if done.ignored:
            self._ignored.inc(done.ignored)
        if read.unread:
            self._rejected.labels("unreadable").inc(read.unread)
        errors = list(dict.fromkeys((*read.complaints, *done.errors)))
        await send_json(
            send,
            self._source.accepted,
            {"accepted": done.accepted, "ignored": done.ignored, "errors": errors},
        )

    async def _reject(self, send: Send, status: int, reason: str, text: str, *headers: tuple[bytes, bytes]) -> None:
        self._rejected.labels(reason).inc()
        log.warning("alerts refused (%s, %d) at %s: %s", reason, status, self._source.path, text)
        await send_json(send, status, {"error": text}, *headers)
