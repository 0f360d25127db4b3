"""Posts that wait for the writer: who is told when, and that nobody's trouble is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bot.alerts import Alert
from bot.usecases.intake import Taken
from bot.usecases.waiting import Waiting
from tests.bot.usecases.house import an_alert


class Writer:
    """Writes whenever it is let, and notes what it was given."""

    def __init__(self) -> None:
        self.given: list[list[Sequence[Alert]]] = []
        self.going: list[asyncio.Future[list[Taken]]] = []

    def __call__(self, batches: list[Sequence[Alert]]) -> asyncio.Future[list[Taken]]:
        self.given.append(batches)
        self.going.append(asyncio.get_running_loop().create_future())
        return self.going[-1]

    async def writes(self, number: int) -> None:
        while len(self.going) <= number:
            await asyncio.sleep(0)
        self.going[number].set_result([Taken(tuple("joined" for _ in batch), ()) for batch in self.given[number]])
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_who_comes_while_one_write_is_under_way_is_in_the_next_which_begins_before_anybody_is_told() -> None:
    writer, told = Writer(), []
    waiting = Waiting(writer)
    waiting.put([an_alert(key="1")], lambda outcome: told.append((1, len(writer.given))))
    await asyncio.sleep(0)
    for post in (2, 3):
        waiting.put([an_alert(key=str(post))], lambda outcome, post=post: told.append((post, len(writer.given))))  # type: ignore[misc]
    assert [len(batches) for batches in writer.given] == [1]
    await writer.writes(0)
    assert (told, [len(batches) for batches in writer.given]) == ([(1, 2)], [1, 2])
    await writer.writes(1)
    assert told == [(1, 2), (2, 2), (3, 2)]


async def test_a_sender_that_cannot_be_told_leaves_the_others_their_answers(caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer()
    told: list[Any] = []
    waiting = Waiting(writer)

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
