"""The front desk: whatever comes in (alert, command, clock) is handed in here as a use case, and answered once it is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from bot.alerts import Alert
from bot.configuration import Config
from bot.context import Context
from bot.ground.clock import STEP, Clock
from bot.store import Store, Tx, facts
from bot.usecases.intake import Taken, take_batches
from bot.usecases.intake_queue import Batches, IntakeQueue, Tell
from oncall.values import replace

P = ParamSpec("P")
R = TypeVar("R")


class AlreadyDone(Exception):
    """This very delivery of Slack's was acted on before."""


class Desk:
    """Runs use cases against the store, each in the configuration in force at that moment."""

    def __init__(self, store: Store, clock: Clock, context: Context) -> None:
        self.store = store
        self.clock = clock
        self.context = context
        self._queue = IntakeQueue(self._write)

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
        """Alerts, from whatever source: all committed when this returns. Raises `Overloaded`.

        After a failure some of a large post may be on disk already: sent again, those are repeats.
        """
        answer: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self.take_soon(batch, partial(_answer, answer))
        return await answer

    def take_soon(self, batch: Sequence[Alert], tell: Tell) -> None:
        """The same for who does not wait: `tell` hears of it. Raises `Overloaded`."""
        self._queue.put(by_our_clock(batch, self.clock.ahead), tell)

    def _write(self, batches: Batches) -> asyncio.Future[list[Taken]]:
        return self.store.submit(_take_waiting, self, batches)


def _answer(answer: asyncio.Future[Taken], outcome: Taken | Exception) -> None:
    if answer.done():
        return  # whoever asked has gone
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)


def by_our_clock(batch: Sequence[Alert], ahead: timedelta) -> Sequence[Alert]:
    """An end that a sender names is by the machine's clock. While ours runs ahead of that, it comes no sooner for it."""
    if ahead < STEP:
        return batch
    return [replace(alert, ends_at=alert.ends_at + ahead) if alert.ends_at else alert for alert in batch]


def _take_waiting(tx: Tx, desk: Desk, batches: Batches) -> list[Taken]:
    return take_batches(tx, desk.context, batches())


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
