"""Alerts in over HTTP. The answer leaves only after the alerts are on disk.

Posts come by two paths and get the same answers: plain ones by the fast path (`bot.web.fast_path`); whatever is large, comes in
pieces or is not allowed in by ASGI.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from time import perf_counter, time

from starlette.types import Receive, Scope, Send

from bot.errors import Overloaded, StoreDown
from bot.ground.cache import BoundedCache
from bot.ground.clock import Clock
from bot.ground.metrics import Metrics
from bot.sources import Read, Source, SourceError, parse
from bot.sources.wrong_address import belongs_to
from bot.web.answers import CRASHED, RETRY_AFTER_S, encode, send_reply
from bot.web.body import ALERTS_LIMIT, LARGE, Gone, TooLarge, read_body, too_large
from bot.web.fast_path import Answer, Header, Reply, Take
from bot.web.guard import Guard
from bot.web.ports import Accepted, Intake
from bot.web.signatures import Signature

log = logging.getLogger(__name__)

_RETRY = (b"retry-after", str(RETRY_AFTER_S).encode())
NOT_CONFIRMED = "Nothing of this post was confirmed as taken: send it again shortly."
_BEARER = (b"www-authenticate", b"Bearer")
OVERLOADED = f"Too many alerts are waiting to be written. {NOT_CONFIRMED}"


NO_HEADERS: Mapping[str, str] = {}
REMEMBERED = 1024 * 1024
"""Bytes of posts whose parsed form is cached: a script that repeats itself sends the same bytes."""
LONGEST_REMEMBERED = 2_048


class Unsigned(Exception):
    """The signature is not over this body. Nothing in it was read."""


def _read(source: Source, headers: Mapping[str, str], raw: bytes, at: datetime) -> Read:
    """Raises `SourceError`, which says first where the payload belongs, if it is another sender's."""
    payload = parse(raw) if source.opened is None else source.opened(headers, raw)
    try:
        return source.read(payload, at)
    except SourceError as error:
        elsewhere = belongs_to(payload, source.path)
        raise SourceError(f"{elsewhere} {error}".lstrip()) from None


def _headers(scope: Scope) -> Mapping[str, str]:
    """By their names in lower case; of several with one name, the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _reply(replied: asyncio.Future[Reply], reply: Reply) -> None:
    if not replied.done():  # the server ends, and nobody waits for it
        replied.set_result(reply)


class TakeAlerts:
    """The endpoint of one alert format."""

    def __init__(
        self,
        source: Source,
        *,
        intake: Intake,
        guard: Guard,
        metrics: Metrics,
        clock: Clock,
        signature: Signature | None = None,
    ) -> None:
        """Whoever signs with the `signature` needs no token."""
        self._source, self._intake, self._guard, self._clock = source, intake, guard, clock
        self._signature = signature
        self._rejected = metrics.intake_rejected
        self._accepted = metrics.alerts_accepted.labels(source.name)
        self._ignored = metrics.alerts_ignored
        self._seconds = metrics.intake
        self._lately: BoundedCache[bytes, Read] = BoundedCache(REMEMBERED)

    # The fast path

    def admits(self, scope: Scope) -> Take | None:
        if self._guard.refusal(scope) is None and self._source.opened is None:
            return self.take
        read = self._reader(scope)
        return partial(self._take_by, read) if read else None

    def left(self) -> None:
        self._rejected.labels("disconnected").inc()

    def take(self, raw: bytes, answer: Answer) -> None:
        self._take_by(self._read, raw, answer)

    def _take_by(self, reads: Callable[[bytes], Read], raw: bytes, answer: Answer) -> None:
        began = perf_counter()

        def answered(reply: Reply) -> None:
            self._seconds.observe(perf_counter() - began)
            answer(reply)

        try:
            read = reads(raw)
        except Exception as error:  # noqa: BLE001 - told to the sender by its kind
            answered(self._refusal(error))
        else:
            self._accept(read, answered)

    # The full path: ASGI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        try:
            await send_reply(send, await self._reply(scope, receive))
        except Gone:
            self.left()
        finally:
            self._seconds.observe(perf_counter() - began)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        reads = self._reader(scope)
        if reads is None:
            hint = f" {self._signature.hint}" if self._signature is not None else ""
            return self._refused(401, "unauthorized", f"{self._guard.refusal(scope)}{hint}", _BEARER)
        replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        try:
            raw = await read_body(scope, receive, ALERTS_LIMIT)
            # A large post is read beside the loop: nobody's click waits until a megabyte has been looked through.
            read = reads(raw) if len(raw) <= LARGE else await asyncio.to_thread(reads, raw)
        except Gone:
            raise
        except Exception as error:  # noqa: BLE001 - told to the sender by its kind
            return self._refusal(error)
        self._accept(read, partial(_reply, replied))
        return await replied

    # What both share

    def _reader(self, scope: Scope) -> Callable[[bytes], Read] | None:
        """How this client's post is read; none if it may not post here."""
        headers = _headers(scope)
        if self._guard.refusal(scope) is None:
            return partial(self._read, headers=headers)
        if self._signature is not None and self._signature.is_in(headers):
            return partial(self._read_signed, self._signature, headers)
        return None

    def _read(self, raw: bytes, headers: Mapping[str, str] = NO_HEADERS) -> Read:
        if not self._source.timeless or len(raw) > LONGEST_REMEMBERED:
            return _read(self._source, headers, raw, self._clock.now())
        if (read := self._lately.get(raw)) is None:
            read = _read(self._source, headers, raw, self._clock.now())
            self._lately.put(raw, read, len(raw))
        return read

    def _read_signed(self, signature: Signature, headers: Mapping[str, str], raw: bytes) -> Read:
        if not signature.holds(headers, raw, time()):
            raise Unsigned(signature.refusal)
        return self._read(raw, headers)

    def _accept(self, read: Read, answer: Answer) -> None:
        """Have it written, and answer when it is."""

        def told(outcome: Accepted | Exception) -> None:
            answer(self._refusal(outcome) if isinstance(outcome, Exception) else self._taken(read, outcome))

        try:
            self._intake.accept(read.alerts, read.complaints, told)
        except Exception as error:  # noqa: BLE001 - told to the sender by its kind
            told(error)

    def _taken(self, read: Read, done: Accepted) -> Reply:
        self._accepted.inc(done.accepted)
        if done.ignored:
            self._ignored.inc(done.ignored)
        if read.unread:
            self._rejected.labels("unreadable").inc(read.unread)
        errors = list(dict.fromkeys((*read.complaints, *done.errors)))
        said = {"accepted": done.accepted, "ignored": done.ignored, "errors": errors}
        return Reply(self._source.accepted, encode(said))

    def _refusal(self, error: Exception) -> Reply:
        if isinstance(error, TooLarge):
            return self._refused(413, "too_large", too_large(ALERTS_LIMIT))
        if isinstance(error, Unsigned):
            return self._refused(401, "unauthorized", str(error))
        if isinstance(error, SourceError):
            return self._refused(400, "unreadable", str(error))
        if isinstance(error, StoreDown):
            return self._refused(503, "no_database", f"{error} {NOT_CONFIRMED}", _RETRY)
        if isinstance(error, Overloaded):
            # 503, never 429: Alertmanager and Datadog drop an alert for good on any 4xx.
            return self._refused(503, "overloaded", OVERLOADED, _RETRY)
        # A defect of ours: the sender is told that nothing is certain, and comes again.
        log.error("an alert post failed at %s", self._source.path, exc_info=error)
        return self._refused(500, "failed", CRASHED)

    def _refused(self, status: int, reason: str, text: str, *headers: Header) -> Reply:
        self._rejected.labels(reason).inc()
        log.warning("alerts refused (%s, %d) at %s: %s", reason, status, self._source.path, text)
        return Reply(status, encode({"error": text}), headers)
