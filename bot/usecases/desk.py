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
from bot.errors import Overloaded
from bot.ground.clock import STEP, Clock
from bot.store import Store, Tx, facts
from bot.usecases.intake import Taken, take_batches

P = ParamSpec("P")
R = TypeVar("R")


class AlreadyDone(Exception):
    """This very delivery of Slack's was acted on before."""


ALERTS_QUEUED = 50_000
"""Alerts that may wait for the writer; past that, senders are asked to come again. Large posts are counted apart: they make no
small one wait, and none be refused."""
TAKEN_TOGETHER = 2_000
"""Alerts in one transaction: whoever else wants to write waits for no more than that."""
FAILED_SINGLY = 20
"""Alerts of one post that fail one by one before the rest of it is not tried any more."""
NOTHING = Taken((), ())


@dataclass(slots=True)
class _Waiting:
    """A post whose alerts are not all on disk."""

    batch: Sequence[Alert]
    """What is left of it."""
    answer: asyncio.Future[Taken]
    large: bool
    """More than one transaction takes: it counts and waits apart from the others."""
    taken: Taken = NOTHING
    pace: int = TAKEN_TOGETHER
    """How many of it to try at once: where each opens an incident, a transaction takes fewer."""
    wrong: Exception | None = None
    """What the last alert that failed by itself failed with."""
    failures: int = 0

    def took(self, done: Taken) -> None:
        self.taken = done if self.taken is NOTHING else self.taken.and_then(done)
        self.batch = self.batch[len(done.verdicts) :]
        self.pace = max(1, 2 * len(done.verdicts))
        if self.batch or self.answer.done():
            return
        if self.wrong is not None:
            self.failed(self.wrong)
        else:
            self.answer.set_result(self.taken)

    def look_for(self, error: Exception, tried: int) -> None:
        """One of the first so many alerts is at fault: fewer at once, until it is alone and left out.

        Its sender is told of it in the end and comes again; those that are on disk by then are repeats.
        """
        self.pace = max(1, tried // 2)
        if tried == 1:
            self.batch, self.wrong = self.batch[1:], error
            self.failures += 1
        if not self.batch or self.failures >= FAILED_SINGLY:
            self.failed(error)

    def failed(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Desk:
    """Runs use cases against the store, each in the configuration in force at that moment."""

    def __init__(self, store: Store, clock: Clock, context: Context) -> None:
        self.store = store
        self.clock = clock
        self.context = context
        self._waiting: list[_Waiting] = []
        self._queued = {False: 0, True: 0}
        """Alerts of small posts, and of large ones."""
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
        """Alerts, from whatever source: all committed when this returns. Raises `Overloaded`.

        Whatever waits while one write is under way is taken together by the next one, in fair shares. After a failure some of
        a large post may be on disk already: sent again, those are repeats.
        """
        batch = by_our_clock(batch, self.clock.ahead)
        large = len(batch) > TAKEN_TOGETHER
        if self._queued[large] >= ALERTS_QUEUED:
            raise Overloaded(f"{self._queued[large]} alerts are waiting already")
        waiting = _Waiting(batch, asyncio.get_running_loop().create_future(), large)
        self._waiting.append(waiting)
        self._queued[large] += len(batch)
        if self._taking is None:
            self._taking = asyncio.create_task(self._take_waiting(), name="intake")
        try:
            return await waiting.answer
        finally:
            self._queued[large] -= len(batch)

    async def _take_waiting(self) -> None:
        try:
            while self._waiting:
                await self._take_together(fair_shares(self._waiting, TAKEN_TOGETHER))
                self._waiting = [waiting for waiting in self._waiting if not waiting.answer.done()]
        finally:
            self._taking = None

    async def _take_together(self, shares: list[tuple[_Waiting, int]]) -> None:
        """One use case for all of them; if it fails, each by itself and then in parts: what is at fault takes nothing with it."""
        try:
            taken = await self.do(take_batches, [waiting.batch[:share] for waiting, share in shares])
        except Exception as error:  # noqa: BLE001 - told to whom it belongs, below
            if isinstance(error, Overloaded):  # each by itself would only wait for the same
                for waiting, _ in shares:
                    waiting.failed(error)
            elif len(shares) == 1:
                ((waiting, tried),) = shares
                waiting.look_for(error, tried)
            else:
                for share in shares:
                    await self._take_together([share])
            return
        for (waiting, _), done in zip(shares, taken, strict=True):
            waiting.took(done)


def by_our_clock(batch: Sequence[Alert], ahead: timedelta) -> Sequence[Alert]:
    """An end that a sender names is by the machine's clock. While ours runs ahead of that, it comes no sooner for it."""
    if ahead < STEP:
        return batch
    return [replace(alert, ends_at=alert.ends_at + ahead) if alert.ends_at else alert for alert in batch]


def fair_shares(waiting: Sequence[_Waiting], room: int) -> list[tuple[_Waiting, int]]:
    """How much of each post one transaction takes. Small posts come first, in their order and whole as long as there is room; large
    ones share alike what is left of it."""
    shares = []
    in_turn = sorted(waiting, key=lambda one: one.large)
    large = sum(one.large for one in in_turn)
    for place, one in enumerate(in_turn):
        fair = room // (len(in_turn) - place) if one.large else room - large
        share = min(len(one.batch), one.pace, max(1, fair))
        room -= share
        shares.append((one, share))
    return shares


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
