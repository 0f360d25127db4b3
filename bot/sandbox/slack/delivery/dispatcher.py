"""Delivers to the app what happened, and repeats events that were not acknowledged in time.

Events are repeated three times: at once, after one minute, after five (https://docs.slack.dev/apis/events-api#retries). Commands
and interactions never are: the person who waits sees the failure. Unacknowledged events survive a restart of the sandbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bot.sandbox.slack.delivery.ack import UNREACHABLE, Ack, Line, Retry, Sort
from bot.sandbox.slack.store import Store
from bot.sandbox.slack.values import JSON

WAITS = 3.0
"""Seconds that Slack waits for an acknowledgement, and for which a trigger id is valid."""
RETRY_DELAYS = (0.0, 60.0, 300.0)


class Dispatcher:
    """`line` chooses the way when something is sent; `None` means that Slack itself is down."""

    def __init__(
        self,
        line: Callable[[], Line | None],
        store: Store,
        *,
        waits: float = WAITS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        self._line = line
        self._store = store
        self.waits = waits
        self._retry_delays = tuple(retry_delays)
        self._tasks: set[asyncio.Task[None]] = set()
        self._attempts: set[asyncio.Future[None]] = set()

    async def ask(self, sort: Sort, payload: JSON) -> Ack:
        """Deliver something that a person waits for. One attempt."""
        return await self._attempt(sort, payload, None)

    def event(self, envelope: JSON, *, number: int = 0) -> None:
        """Deliver an event, and repeat it if necessary. Outside a running loop nobody listens, and the event is dropped."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._store.put("pending", envelope["event_id"], envelope)
        task = loop.create_task(self._deliver(envelope, number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def resume(self) -> None:
        """Continue with the events that the last run of the sandbox could not deliver."""
        for _, envelope in list(self._store.load("pending")):
            self.event(envelope, number=1)

    async def _deliver(self, envelope: JSON, number: int) -> None:
        retry = Retry(number, "connection_failed") if number else None
        delays = iter(self._retry_delays[number:])
        while True:
            ack = await self._attempt("events_api", envelope, retry)
            delay = next(delays, None)
            if ack.error is None or ack.no_retry or delay is None:
                break
            retry = Retry(1 if retry is None else retry.number + 1, ack.reason)
            await asyncio.sleep(delay)
        self._store.drop("pending", envelope["event_id"])

    async def _attempt(self, sort: Sort, payload: JSON, retry: Retry | None) -> Ack:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._attempts.add(done)
        try:
            line = self._line()
            return UNREACHABLE if line is None else await line.send(sort, payload, retry, self.waits)
        finally:
            self._attempts.discard(done)
            done.set_result(None)

    async def quiet(self) -> None:
        """Wait until nothing is being delivered; events that wait for their next repeat do not count."""
        await asyncio.sleep(0)
        while self._attempts:
            await asyncio.wait(set(self._attempts))
            await asyncio.sleep(0)

    async def stop(self) -> None:
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
