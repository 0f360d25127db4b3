"""The engine: runs the chores of its list, each whenever it is due.

Deadlines are rows with a due column, never timers: the engine waits for its event or for the earliest due time, does every
chore that is due, and waits again. APScheduler's one-second job and every commit only set that event, so that no nudge is lost
and nothing true lives in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

from bot.context import Context
from bot.errors import StoreDown
from bot.ground.metrics import Metrics
from bot.store import Tx
from bot.store.due import Question, Questions
from bot.usecases.desk import Desk
from oncall.values import dataclass

log = logging.getLogger(__name__)

SHORTEST_BREATH, LONGEST_BREATH = 0.005, 0.025
"""Seconds, real time, between two rounds: as long as the last one took. Many commits ask for one round, not for one each, and the
busier the machine, the more of them."""
LONGEST_WAIT = 1.0
"""Seconds, real time: the engine looks at the clock at least this often, because somebody may have moved it."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do when it is due: at the earliest answer to its questions to the store, or when it says so itself."""

    name: str
    due: tuple[Question, ...] | Callable[[], datetime]
    do: Callable[[], Awaitable[None]]
    by_real_time: bool = False
    """Its questions answer in real time, not in injected time."""
    not_before: Callable[[int], datetime | None] = lambda place: None
    """Of a question, by its place: until when its answer does not count, though the store knows nothing of it."""


LOOKED_AGAIN_S = 0.003
"""How often whoever waits for the engine to come to rest asks it whether it has."""


class Engine:
    """Runs the chores."""

    def __init__(self, desk: Desk, chores: Sequence[Chore], metrics: Metrics, *, busy: Callable[[], bool]) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._chores = chores
        self._questions = _asked_for(chores)
        self._metrics = metrics
        self._busy = busy
        self._nudged = asyncio.Event()
        self._woken = self._looked = 0
        """How often it was woken, and how often by its last look at the store."""
        self._known: Mapping[str, datetime | None] = {}
        """What that look has found."""
        self.last_round: datetime | None = None
        """When the last round ended, real time: what `/readyz` asks for."""
        self.gone_round = asyncio.Event()
        """Set once the first has ended."""
        self.last_sign: datetime = self._clock.real()
        """When it last did anything at all, well or not, real time: what `/healthz` asks for."""

    def wake(self) -> None:
        """There may be work. Cheap, and never lost."""
        self._woken += 1
        self._nudged.set()

    def take_on(self, chores: Sequence[Chore]) -> None:
        """From the next round on, do these too, behind the others."""
        self._chores = [*self._chores, *chores]
        self._questions = _asked_for(self._chores)

    async def run(self) -> None:
        """Go round until cancelled."""
        while True:
            self._nudged.clear()
            began = self.last_sign = self._clock.real()
            try:
                earliest = await self.round()
            except StoreDown:  # the store says it; deadlines are rows and wait
                earliest = None
            except Exception:  # the store may be away for a moment; deadlines are rows and wait
                log.exception("the engine could not look at its chores")
                earliest = None
            took = (self._clock.real() - began).total_seconds()
            await asyncio.sleep(min(LONGEST_BREATH, max(SHORTEST_BREATH, took)))
            try:
                async with asyncio.timeout(self._wait_for(earliest)):
                    await self._nudged.wait()
            except TimeoutError:
                continue

    async def round(self) -> datetime | None:
        """Do every chore that is due, and say when the next one will be."""
        with self._metrics.engine_round.time():
            dues = await self._dues()
            due = [chore for chore in self._chores if self._is_due(dues[chore.name])]
            for chore in due:
                await self._do(chore)
            if due and not self._nudged.is_set():  # else the next round looks, and it is near
                dues = await self._dues()
        self.last_round = self._clock.real()
        self.gone_round.set()
        # What is still due waits for something under way, whose commit will nudge; going round for it would only spin.
        return min((at for at in dues.values() if at is not None and not self._is_due(at)), default=None)

    async def _do(self, chore: Chore) -> None:
        self.last_sign = self._clock.real()
        try:
            await chore.do()
        except StoreDown:  # the store says it, once for everybody
            return
        except Exception:  # one chore's failure must not stop the others; it comes round again
            log.exception("chore failed", extra={"chore": chore.name})

    async def _dues(self) -> Mapping[str, datetime | None]:
        """When each chore is due next (injected time), by one look at the store."""
        woken = self._woken
        answers = await self._desk.look(self._ask)
        self._known = {chore.name: self._due(chore, answers) for chore in self._chores}
        self._looked = woken
        return self._known

    def _ask(self, tx: Tx, ctx: Context) -> dict[str, datetime | None]:
        return self._questions.ask(tx.conn)

    def _due(self, chore: Chore, answers: Mapping[str, datetime | None]) -> datetime | None:
        if callable(chore.due):
            return chore.due()
        found = [
            max(at, chore.not_before(place) or at)
            for place, _ in _questions_of(chore)
            if (at := answers.get(f"{chore.name} {place}")) is not None  # not asked yet, if it came meanwhile
        ]
        if not found or not chore.by_real_time:
            return min(found, default=None)
        return self._clock.now() + (min(found) - self._clock.real())

    def _is_due(self, at: datetime | None) -> bool:
        return at is not None and at <= self._clock.now()

    @property
    def rests(self) -> bool:
        """Whether nothing is under way, and by its last look at the store, since which nobody has woken it, nothing is due."""
        return not self._busy() and self._looked == self._woken and not self._has_due()

    async def settled(self, within: float = 10.0) -> bool:
        """Wait until it has looked again and rests. Says whether that was reached within so many real seconds."""
        self.wake()
        try:
            async with asyncio.timeout(within):
                while not self.rests:
                    if self._looked == self._woken and not self._busy():
                        self.wake()  # what is due is done by a round, and none is to come by itself
                    await asyncio.sleep(LOOKED_AGAIN_S)
        except TimeoutError:
            return False
        return True

    def _has_due(self) -> bool:
        return any(self._is_due(at) for at in self._known.values())

    def _wait_for(self, earliest: datetime | None) -> float:
        if earliest is None:
            return LONGEST_WAIT
        return min(LONGEST_WAIT, max(0.0, (earliest - self._clock.now()).total_seconds()))


def _asked_for(chores: Sequence[Chore]) -> Questions:
    return Questions(
        {f"{chore.name} {place}": question for chore in chores for place, question in _questions_of(chore)}
    )


def _questions_of(chore: Chore) -> Iterable[tuple[int, Question]]:
    return () if callable(chore.due) else enumerate(chore.due)
