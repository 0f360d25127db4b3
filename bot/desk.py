"""The front desk: every mouth of the bot hands its use cases in here, and gets the answer once it is on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from bot.alerts import Alert
from bot.clock import Clock
from bot.configuration import Config
from bot.store import Store, Tx, facts
from bot.usecases.context import Context
from bot.usecases.intake import Taken, take_alerts

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

    def reconfigure(self, config: Config) -> None:
        """From the next use case on, this configuration is in force."""
        self.context = replace(self.context, config=config)

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
        """Alerts, from whatever source: committed when this returns."""
        return await self.do(take_alerts, batch)


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
