"""Posts that wait for the writer: who is told when, and that nobody's trouble is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bot.alerts import Alert
from bot.errors import StoreDown
from bot.usecases.intake import Taken
from bot.usecases.intake_queue import Batches, IntakeQueue
from tests.bot.usecases.house import an_alert


class Writer:
    """Begins and ends a transaction whenever it is let, and notes what it was given."""

    def __init__(self) -> None:
        self.given: list[list[Sequence[Alert]]] = []
        self.turns: list[Batches] = []
        self.going: list[asyncio.Future[list[Taken]]] = []

    def __call__(self, batches: Batches) -> asyncio.Future[list[Taken]]:
        self.turns.append(batches)
        self.going.append(asyncio.get_running_loop().create_future())
        return self.going[-1]

    def begins(self) -> None:
        """The next transaction is its own."""
        self.given.append(self.turns[len(self.given)]())

    async def writes(self, number: int) -> None:
        while len(self.going) <= number:
            await asyncio.sleep(0)
        if len(self.given) <= number:
            self.begins()
        self.going[number].set_result([Taken(tuple("joined" for _ in batch), ()) for batch in self.given[number]])
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_who_comes_before_a_transaction_begins_is_in_it_and_the_next_is_asked_for_before_anybody_is_told() -> (
    None
):
    writer, told = Writer(), []
    waiting = IntakeQueue(writer)
    waiting.put([an_alert(key="1")], lambda outcome: told.append((1, len(writer.turns))))
    await asyncio.sleep(0)
    waiting.put([an_alert(key="2")], lambda outcome: told.append((2, len(writer.turns))))
    writer.begins()  # another process had kept it waiting
    waiting.put([an_alert(key="3")], lambda outcome: told.append((3, len(writer.turns))))
    await writer.writes(0)
    assert (told, [len(batches) for batches in writer.given]) == ([(1, 2), (2, 2)], [2])
    await writer.writes(1)
    assert told == [(1, 2), (2, 2), (3, 2)]


async def test_a_turn_that_was_given_up_takes_nothing_when_it_comes_after_all() -> None:
    writer = Writer()
    told: list[Any] = []
    waiting = IntakeQueue(writer)
    waiting.put([an_alert(key="1")], told.append)
    await asyncio.sleep(0)
    writer.going[0].set_exception(StoreDown("it does not answer"))
    while not told:
        await asyncio.sleep(0)
    assert isinstance(told[0], StoreDown)
    waiting.put([an_alert(key="2")], told.append)
    writer.begins()
    assert writer.given == [[]]


async def test_a_sender_that_cannot_be_told_leaves_the_others_their_answers(caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer()
    told: list[Any] = []
    waiting = IntakeQueue(writer)

    def gone(outcome: Taken | Exception) -> None:
        raise ConnectionError("gone")

    waiting.put([an_alert(key="1")], gone)
    waiting.put([an_alert(key="2")], told.append)
    await writer.writes(0)
    assert told == [Taken(("joined",), ())]
    assert "could not be told" in caplog.text
    waiting.put([an_alert(key="3")], told.append)
    await writer.writes(1)
    assert len(told) == 2
