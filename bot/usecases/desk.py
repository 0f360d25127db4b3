"""The front desk: every mouth of the bot hands its use cases in here, and gets the answer once it is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from bot.alerts import Alert
from bot.configuration import Config
from bot.context import Context
from bot.errors import Overloaded, StoreDown
from bot.ground.clock import STEP, Clock
from bot.store import Store, Tx, facts
from bot.usecases.intake import Taken, take_batches

P = ParamSpec("P")
R = TypeVar("R")


class AlreadyDone(Exception):
    """This very delivery of Slack's was acted on before."""


ALERTS_QUEUED = 50_000
"""Alerts that may wait for the writer; past that, senders are asked to come again."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    batch: Sequence[Alert]
    taken: asyncio.Future[Taken]


class Desk:
    """Runs use cases against the store, each in the configuration in force at that moment."""

    def __init__(self, store: Store, clock: Clock, context: Context) -> None:
        self.store = store
        self.clock = clock
        self.context = context
        self._waiting: list[_Waiting] = []
        self._queued = 0
        self._taking: asyncio.Task[None] | None = None

    def reconfigure(self, config: Config) -> None:
        """From the next use case on, this configuration is in force."""
        self.context = replace(self.context, config=config)

    def without(self, transport: str) -> None:
        """From the next use case on, this transport counts as not set up."""
        self.context = replace(self.context, transports=self.context.transports - {transport})

    async def do(self, use_case: Callable[Concatenate[Tx, Context, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a use case. Raises what it raises, or `Overloaded`; nothing of it stands then."""
        return await self.store.write(_in_context, self, use_case, args, kwargs)

    async def once(
        self, key: str, use_case: Callable[Concatenate[Tx, Context, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a use case unless one with this key has succeeded before; raises `AlreadyDone` then."""
        return await self.store.write(_once, key, self, use_case, args, kwargs)

    async def look(self, query: Callable[Concatenate[Tx, Context, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run something that only reads; it does not wait for the writer."""

        def reading(conn: Connection) -> R:
            return query(Tx(conn, self.clock.now(), self.clock.real()), self.context, *args, **kwargs)

        return await self.store.read(reading)

    async def take(self, batch: Sequence[Alert]) -> Taken:
        """Alerts, from whatever source: committed when this returns. Raises `Overloaded`.

        Whatever waits while one write is under way is taken together by the next one.
        """
        batch = by_our_clock(batch, self.clock.ahead)
        if self._queued >= ALERTS_QUEUED:
            raise Overloaded(f"{self._queued} alerts are waiting already")
        waiting = _Waiting(batch, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._queued += len(batch)
        if self._taking is None:
            self._taking = asyncio.create_task(self._take_waiting(), name="intake")
        return await waiting.taken

    async def _take_waiting(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting, []
                self._queued -= sum(len(waiting.batch) for waiting in together)
                await self._take_together(together)
        finally:
            self._taking = None

    async def _take_together(self, together: list[_Waiting]) -> None:
        """One use case for all of them; if it fails, each by itself, so that the one at fault takes nobody with it."""
        try:
            taken = await self.do(take_batches, [waiting.batch for waiting in together])
        except Exception as error:  # noqa: BLE001 - told to whom it belongs, below
            if len(together) == 1 or isinstance(error, StoreDown):  # each by itself would only wait for the same
                for waiting in together:
                    _tell(waiting, error)
            else:
                for waiting in together:
                    await self._take_together([waiting])
            return
        for waiting, one in zip(together, taken, strict=True):
            if not waiting.taken.done():
                waiting.taken.set_result(one)


def by_our_clock(batch: Sequence[Alert], ahead: timedelta) -> Sequence[Alert]:
    """An end that a sender names is by the machine's clock. While ours runs ahead of that, it comes no sooner for it."""
    if ahead < STEP:
        return batch
    return [replace(alert, ends_at=alert.ends_at + ahead) if alert.ends_at else alert for alert in batch]


def _tell(waiting: _Waiting, error: Exception) -> None:
    if not waiting.taken.done():
        waiting.taken.set_exception(error)


def _in_context(
    tx: Tx, desk: Desk, use_case: Callable[..., R], args: tuple[object, ...], kwargs: dict[str, object]
) -> R:
    return use_case(tx, desk.context, *args, **kwargs)


def _once(
    tx: Tx, key: str, desk: Desk, use_case: Callable[..., R], args: tuple[object, ...], kwargs: dict[str, object]
) -> R:
    if not facts.first_time(tx.conn, key, tx.at):
        raise AlreadyDone(key)
    return use_case(tx, desk.context, *args, **kwargs)
