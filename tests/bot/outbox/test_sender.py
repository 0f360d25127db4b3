"""What came of a delivery is written down, whatever it takes: what left is never left to leave again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import update

from bot.context import Context
from bot.errors import StoreDown
from bot.ground.clock import FrozenClock
from bot.outbox.claiming import claim_due
from bot.outbox.courier import UNWRITTEN, Ahead, Courier, Handed, Left, mark_done
from bot.outbox.sender import Sender
from bot.outbox.talk import Talk
from bot.slack.messenger import Mark, Posted
from bot.slack.views.facts import Message
from bot.store import Store, Tx, claims, deliveries, schema
from bot.store.deliveries import Claimed, Delivery
from bot.usecases.desk import Desk
from oncall.page import DeliveryError, Receipt
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    clock = FrozenClock(MONDAY)
    store = Store(database_url, clock)
    yield Desk(store, clock, Context(SHIPPED, ALL))
    await store.close()


def put(tx: Tx, ctx: Context) -> None:
    deliveries.add(tx.conn, [Delivery(kind="word", lane="page", line="a", key="a")], tx.at)


def broken(*_: Any) -> None:
    raise TypeError("no outcome of ours")


class Vendor:
    """Takes everything; counts."""

    def __init__(self) -> None:
        self.taken = 0

    async def send(self, claimed: Claimed) -> Handed:
        self.taken += 1
        return Handed(Receipt("r"))


async def sent(desk: Desk, courier: Courier) -> Any:
    """One delivery is sent; what stands in its row afterwards."""
    sender = Sender(desk, desk.clock, {"word": courier}, owner="me")
    await desk.do(put)
    await sender.send_due()
    await sender.finish()
    return await desk.look(lambda tx, ctx: deliveries.row(tx.conn, 1))


async def test_an_outcome_that_cannot_be_written_is_written_in_plain_words(desk: Desk) -> None:
    vendor = Vendor()
    row = await sent(desk, Courier(vendor.send, sent=broken))
    assert (row.state, row.receipt["detail"], vendor.taken) == ("done", UNWRITTEN, 1)


async def test_what_could_not_be_written_twice_is_a_dead_letter_and_not_sent_again(desk: Desk) -> None:
    vendor = Vendor()
    row = await sent(desk, Courier(vendor.send, sent=broken, left=broken))
    assert (row.state, row.error, vendor.taken) == ("failed", UNWRITTEN, 1)
    assert desk.context.metrics.dead_letters.labels("word")._value.get() == 1


async def test_while_the_database_is_away_it_is_asked_until_it_takes_the_outcome(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    write = desk.store.write

    async def away(use_case: Any, *args: Any) -> Any:
        if "_sent" in str(args) and len(asked) < 3:
            asked.append("away")
            raise StoreDown("PostgreSQL cannot be reached")
        return await write(use_case, *args)

    naps: list[float] = []
    real = asyncio.sleep

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        await real(0)

    monkeypatch.setattr(desk.store, "write", away)
    monkeypatch.setattr("bot.outbox.sender.asyncio.sleep", nap)
    vendor = Vendor()
    row = await sent(desk, Courier(vendor.send))
    assert (row.state, row.receipt["id"], vendor.taken) == ("done", "r", 1)
    assert len(asked) == 3 and naps.count(1) == 2  # the first time it is asked with others, who then ask for themselves


async def test_what_another_has_answered_for_meanwhile_is_left_as_it_is(desk: Desk) -> None:
    class Slow(Vendor):
        async def send(self, claimed: Claimed) -> Handed:
            await desk.do(lambda tx, ctx: claims.failed(tx.conn, claimed.id, tx.at, "the other gave it up"))
            return await super().send(claimed)

    row = await sent(desk, Courier(Slow().send))
    assert (row.state, row.error) == ("failed", "the other gave it up")


async def test_a_vendor_that_hangs_on_very_many_pages_of_p1s_leaves_room_for_a_p0(desk: Desk) -> None:
    p0_left, hanging = asyncio.Event(), asyncio.Event()

    async def send(claimed: Claimed) -> Handed:
        if claimed.rank:
            await hanging.wait()
        else:
            p0_left.set()
        return Handed(Receipt("r"))

    def pages(tx: Tx, ctx: Context, rank: int, count: int) -> None:
        names = [f"{rank}-{n}" for n in range(count)]
        deliveries.add(
            tx.conn, [Delivery(kind="word", lane="page", line=name, key=name, rank=rank) for name in names], tx.at
        )

    sender = Sender(desk, desk.clock, {"word": Courier(send)}, owner="me")
    await desk.do(pages, 1, 200)
    for _ in range(3):
        await sender.send_due()
    await desk.do(pages, 0, 1)
    await sender.send_due()
    async with asyncio.timeout(7):  # those that hang are given up after eight
        await p0_left.wait()
    hanging.set()
    await sender.finish()


async def test_what_ends_at_the_same_time_is_written_once_and_one_that_cannot_be_harms_none_of_the_others(
    desk: Desk,
) -> None:
    """Ten leave at once; the outcome of one of them cannot be written with the others."""
    writes: list[list[int]] = []

    def sent(tx: Tx, ctx: Context, left: Sequence[Left]) -> None:
        writes.append([claimed.id for claimed, _ in left])
        if any(claimed.key == "3" for claimed, _ in left):
            raise TypeError("no outcome of ours")
        mark_done(tx, ctx, left)

    def ten(tx: Tx, ctx: Context) -> None:
        names = [str(number) for number in range(10)]
        deliveries.add(tx.conn, [Delivery(kind="word", lane="page", line=name, key=name) for name in names], tx.at)

    vendor = Vendor()
    sender = Sender(desk, desk.clock, {"word": Courier(vendor.send, sent=sent)}, owner="me")
    await desk.do(ten)
    await sender.send_due()
    await sender.finish()
    rows = await desk.look(lambda tx, ctx: [deliveries.row(tx.conn, each) for each in range(1, 11)])
    plain = [row.key for row in rows if row.receipt["detail"] == UNWRITTEN]
    assert (vendor.taken, {row.state for row in rows}, plain) == (10, {"done"}, ["3"])
    assert writes[0] == [row.id for row in rows] and len(writes) == 11


async def test_what_leaves_at_once_is_looked_up_at_once_and_what_was_answered_since_it_was_claimed_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[list[str]] = []
    known: list[str] = []

    def look(tx: Tx, ctx: Context, several: Sequence[Claimed]) -> dict[int, str]:
        looked.append([claimed.key for claimed in several])
        return {claimed.id: f"what {claimed.key} needs" for claimed in several}

    async def send(claimed: Claimed, needs: str) -> Handed:
        known.append(needs)
        return Handed(Receipt("r"))

    def three(tx: Tx, ctx: Context) -> None:
        names = ["a", "b", "c"]
        deliveries.add(tx.conn, [Delivery(kind="page", lane="page", line=name, key=name) for name in names], tx.at)

    def answer(tx: Tx, ctx: Context) -> None:
        d = schema.deliveries
        tx.conn.execute(update(d).where(d.c.key == "b").values(cancelled=True))

    do = desk.do

    async def answered_once_claimed(use_case: Any, *args: Any) -> Any:
        result = await do(use_case, *args)
        if use_case is claim_due:
            await do(answer)
        return result

    await desk.do(three)
    monkeypatch.setattr(desk, "do", answered_once_claimed)
    vendor = Vendor()
    sender = Sender(desk, desk.clock, {"page": Courier(vendor.send, ahead=Ahead(look, send))}, owner="me")
    await sender.send_due()
    await sender.finish()
    rows = await desk.look(lambda tx, ctx: [deliveries.row(tx.conn, each) for each in (1, 2, 3)])
    assert (looked, known, vendor.taken) == ([["a", "c"]], ["what a needs", "what c needs"], 0)
    assert [row.state for row in rows] == ["done", "dropped", "done"]


class Drawn(Talk):
    """Draws each message anew; where it stands, or that Slack refuses it, is said by the test."""

    def __init__(self, *answers: Posted | DeliveryError) -> None:
        super().__init__(cast(Desk, None), cast(Any, None), cast(Any, Place))
        self.answers = list(answers)
        self.answering = asyncio.Event()

    async def _draw(self, key: str) -> Message:
        return Message("one", [])

    async def reply(self, *args: Any, **more: Any) -> Posted:
        answer = self.answers.pop(0)
        await self.answering.wait()
        if isinstance(answer, DeliveryError):
            raise answer
        return answer


class Place:
    team = "T1"


async def test_the_end_of_an_earlier_post_of_the_same_key_hides_neither_a_later_one_nor_its_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.outbox.talk.WRITTEN_DOWN_S", 0.0)
    talk, mark = Drawn(Posted("C1", "1.0"), DeliveryError("refused by Slack", temporary=True)), Mark("a")
    talk.answering.set()
    await talk._post_drawn("ask:1:a", 1, mark)
    talk.answering.clear()
    again = asyncio.create_task(talk._post_drawn("ask:1:a", 1, mark))
    for _ in range(5):
        await asyncio.sleep(0)
    assert "ask:1:a" in talk._leaving, "the first one's time is over, the second is leaving"
    talk.answering.set()
    with pytest.raises(DeliveryError, match="refused by Slack"):
        await again
    assert talk._leaving == {}


async def test_a_side_that_only_asks_to_slow_down_gets_its_time_anew_and_fails_if_it_goes_on_asking(desk: Desk) -> None:
    page = Delivery(kind="word", lane="page", line="a", key="a", late_after=timedelta(seconds=30))

    async def slower(claimed: Claimed) -> Handed:
        raise DeliveryError("slower", temporary=True, retry_after=timedelta(seconds=5), limited=True)

    await desk.do(lambda tx, ctx: deliveries.add(tx.conn, [page], tx.at))
    clock, late = cast(FrozenClock, desk.clock), list[tuple[float, bool]]()
    while clock.now() < MONDAY + timedelta(minutes=3):
        sender = Sender(desk, clock, {"word": Courier(slower)}, owner="me")
        await sender.send_due()
        await sender.finish()
        row = await desk.look(lambda tx, ctx: deliveries.row(tx.conn, 1))
        late.append(((clock.now() - MONDAY).total_seconds(), row.late_at <= clock.now()))
        clock.advance(timedelta(seconds=20))
    assert {at for at, is_late in late if is_late} == {120.0, 140.0, 160.0}
