"""`/v2/enqueue` and `/v2/change/enqueue`: PagerDuty's Events API v2, answered as it answers, so that its clients work unchanged.

A 202 means that the event is on disk. Who may post is said by the routing key, one of the INTAKE_TOKENS, or, where none is set, by
coming from this machine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.types import Receive, Scope, Send

from bot.errors import Overloaded, StoreDown
from bot.ground.metrics import Metrics
from bot.sources import SourceError, parse
from bot.sources.enqueue import BODY_LIMIT, Sent, faults_of, sent
from bot.web.answers import RETRY_AFTER_S, encode, send_reply
from bot.web.body import Gone, TooLarge, read_body
from bot.web.fast_path import Answer, Reply, Take
from bot.web.guard import NOT_LOCAL, Guard
from bot.web.ports import Accepted, Intake, Remarks

log = logging.getLogger(__name__)

PATH, CHANGE_PATH = "/v2/enqueue", "/v2/change/enqueue"
_TRY_AGAIN = ((b"retry-after", str(RETRY_AFTER_S).encode()),)


class EnqueueDoor:
    """Judges an event, and hands over what fires or resolves to the intake, the rest to be noted."""

    def __init__(
        self, intake: Intake, remarks: Remarks, guard: Guard, metrics: Metrics, *, change: bool = False
    ) -> None:
        self._intake, self._remarks, self._guard, self._change = intake, remarks, guard, change
        self._accepted = metrics.alerts_accepted.labels("events")
        self._rejected = metrics.intake_rejected
        self._noting: set[asyncio.Task[None]] = set()

    def admits(self, scope: Scope) -> Take | None:
        return self.take if self._guard.may_knock(scope) else None

    def left(self) -> None:
        self._rejected.labels("disconnected").inc()

    def take(self, raw: bytes, answer: Answer) -> None:
        try:
            event = self._event(raw)
        except _Refused as refused:
            answer(self._invalid(refused.errors))
            return
        read = sent(event, change=self._change)
        if read.alert is None:
            self._note(read, answer)
            return
        told = partial(self._told, read, answer)
        try:
            self._intake.accept((read.alert,), read.notes, told)
        except Exception as error:  # noqa: BLE001 - told to the sender by its kind
            told(error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._guard.may_knock(scope):
            await send_reply(send, self._invalid([NOT_LOCAL]))
            return
        replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        try:
            self.take(await read_body(scope, receive, BODY_LIMIT), replied.set_result)
        except Gone:
            self.left()
            return
        except TooLarge:
            replied.set_result(self._invalid([f"event is larger than {BODY_LIMIT} bytes"]))
        await send_reply(send, await replied)

    def _event(self, raw: bytes) -> Mapping[str, Any]:
        if len(raw) > BODY_LIMIT:
            raise _Refused([f"event is larger than {BODY_LIMIT} bytes"])
        try:
            event = parse(raw)
        except SourceError as error:
            raise _Refused([str(error)]) from None
        errors = faults_of(event, change=self._change)
        if not errors and not self._guard.opens(event["routing_key"]):
            errors = ["Invalid routing key"]
        if errors:
            raise _Refused(errors)
        found: Mapping[str, Any] = event
        return found

    def _told(self, read: Sent, answer: Answer, outcome: Accepted | Exception) -> None:
        if isinstance(outcome, Exception):
            answer(self._failed(outcome))
            return
        self._accepted.inc(outcome.accepted)
        answer(_success(read))

    def _note(self, read: Sent, answer: Answer) -> None:
        """Written by a task of its own: such events are few."""

        async def noting() -> None:
            try:
                await self._remarks.note(read)
            except Exception as error:  # noqa: BLE001 - told to the sender by its kind
                answer(self._failed(error))
            else:
                answer(_success(read))

        task = asyncio.ensure_future(noting())
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    def _failed(self, error: Exception) -> Reply:
        if not isinstance(error, StoreDown | Overloaded):
            log.error("an event failed at %s", PATH, exc_info=error)
        self._rejected.labels("overloaded" if isinstance(error, Overloaded) else "failed").inc()
        said = {"status": "error", "message": "Nothing of this event was confirmed as taken: send it again shortly."}
        return Reply(503, encode(said), _TRY_AGAIN)

    def _invalid(self, errors: list[str]) -> Reply:
        self._rejected.labels("unreadable").inc()
        log.warning("an event was refused at %s: %s", PATH, "; ".join(errors))
        return Reply(400, encode({"status": "invalid event", "message": "Event object is invalid", "errors": errors}))


class _Refused(Exception):
    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def _success(read: Sent) -> Reply:
    """A change has no dedup key, and its answer none either."""
    key = {"dedup_key": read.dedup_key} if read.dedup_key else {}
    return Reply(202, encode({"status": "success", "message": "Event processed", **key}))
