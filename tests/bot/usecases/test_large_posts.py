"""However large one post is, nobody else waits for more of it than one transaction, and its sender is answered at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from bot.alerts import Alert
from bot.context import Context
from bot.errors import Overloaded
from bot.ground.clock import FrozenClock
from bot.store import Store, Tx, incidents
from bot.usecases import desk as desks
from bot.usecases import intake_queue
from bot.usecases.desk import Desk
from bot.usecases.intake import COMPLAINTS, OPENED_TOGETHER, Taken, take_batches
from bot.usecases.intake_queue import TAKEN_TOGETHER
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED, House, an_alert


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    clock = FrozenClock(MONDAY)
    store = Store(sqlite_url, clock)
    yield Desk(store, clock, Context(SHIPPED, ALL))
    await store.close()


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """How many alerts of each post every transaction took."""
    seen: list[list[int]] = []

    def watched(tx: Tx, ctx: Context, batches: Sequence[Sequence[Alert]]) -> list[Taken]:
        done = take_batches(tx, ctx, batches)
        seen.append([len(one.verdicts) for one in done])
        return done

    monkeypatch.setattr(desks, "take_batches", watched)
    return seen


def of_a_rule(count: int) -> list[Alert]:
    return [an_alert(key=str(number)) for number in range(count)]


def of_none(count: int, name: str = "n") -> list[Alert]:
    return [an_alert(None, f"{name}{number}", severity="P2") for number in range(count)]


async def open_incidents(desk: Desk) -> int:
    return await desk.look(lambda tx, ctx: incidents.next_number(tx.conn) - 1)


async def test_a_large_post_is_taken_piece_by_piece_and_answered_as_one(desk: Desk, taken: list[list[int]]) -> None:
    done = await desk.take(of_a_rule(2 * TAKEN_TOGETHER + 1))
    assert (done.accepted, done.verdicts[0], done.verdicts[-1]) == (2 * TAKEN_TOGETHER + 1, "opened", "joined")
    assert taken == [[TAKEN_TOGETHER], [TAKEN_TOGETHER], [1]]


async def test_a_small_post_is_on_disk_before_the_large_one_that_came_first(desk: Desk) -> None:
    order: list[str] = []

    async def post(name: str, batch: list[Alert]) -> None:
        await desk.take(batch)
        order.append(name)

    large = asyncio.create_task(post("large", of_a_rule(3 * TAKEN_TOGETHER)))
    await asyncio.sleep(0)
    await post("small", [an_alert("video_memory_high")])
    await large
    assert order == ["small", "large"]


async def test_a_click_waits_for_one_piece_and_not_for_the_post(desk: Desk, taken: list[list[int]]) -> None:
    large = asyncio.create_task(desk.take(of_a_rule(4 * TAKEN_TOGETHER)))
    await asyncio.sleep(0)
    assert await desk.do(lambda tx, ctx: len(taken)) <= 2
    await large


async def test_what_opens_incidents_is_taken_in_smaller_pieces(desk: Desk, taken: list[list[int]]) -> None:
    done = await desk.take(of_none(2 * OPENED_TOGETHER + 20))
    assert done.verdicts == ("opened",) * (2 * OPENED_TOGETHER + 20)
    assert taken == [[OPENED_TOGETHER], [OPENED_TOGETHER], [20]]
    assert await open_incidents(desk) == 2 * OPENED_TOGETHER + 20


async def test_small_posts_come_before_large_ones_and_large_ones_share_alike(
    desk: Desk, taken: list[list[int]]
) -> None:
    posts = [of_a_rule(10 * TAKEN_TOGETHER), of_a_rule(5 * TAKEN_TOGETHER), of_a_rule(3)]
    await asyncio.gather(*(desk.take(batch) for batch in posts))
    assert taken[0][0] == 3
    assert taken[0][1] == pytest.approx(taken[0][2], abs=2)
    assert all(sum(each) <= TAKEN_TOGETHER for each in taken)


async def test_while_a_large_post_waits_small_ones_are_not_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_queue, "ALERTS_QUEUED", TAKEN_TOGETHER)
    large = asyncio.create_task(desk.take(of_a_rule(TAKEN_TOGETHER + 1)))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await desk.take(of_a_rule(TAKEN_TOGETHER + 1))
    assert (await desk.take([an_alert("video_memory_high")])).verdicts == ("opened",)
    await large


async def test_what_fails_midway_is_told_and_sent_again_it_only_joins(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def failing(tx: Tx, ctx: Context, batches: Sequence[Sequence[Alert]]) -> list[Taken]:
        nonlocal calls
        calls += 1
        if calls >= 2:
            raise OSError("the disk is full")
        return take_batches(tx, ctx, batches)

    post = of_a_rule(TAKEN_TOGETHER + 5)
    with monkeypatch.context() as patch:
        patch.setattr(desks, "take_batches", failing)
        with pytest.raises(OSError, match="full"):
            await desk.take(post)
    done = await desk.take(post)
    assert (done.verdicts.count("repeated"), done.verdicts.count("joined")) == (TAKEN_TOGETHER, 5)
    assert await open_incidents(desk) == 1


def that_fails_for(keys: set[str]) -> Any:
    """Taking alerts, with a defect that nobody has foreseen in some of them."""

    def failing(tx: Tx, ctx: Context, batches: Sequence[Sequence[Alert]]) -> list[Taken]:
        if any(alert.key in keys for batch in batches for alert in batch):
            raise ValueError("nobody has thought of this")
        return take_batches(tx, ctx, batches)

    return failing


async def test_an_alert_that_nobody_foresaw_takes_none_of_its_post_with_it_and_its_sender_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "take_batches", that_fails_for({"n3", "n9"}))
    with pytest.raises(ValueError, match="nobody has thought"):
        await desk.take(of_none(12))
    assert await open_incidents(desk) == 10


async def test_a_post_of_which_everything_fails_is_not_tried_to_its_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0

    def failing(tx: Tx, ctx: Context, batches: Sequence[Sequence[Alert]]) -> list[Taken]:
        nonlocal tried
        tried += 1
        raise ValueError("nobody has thought of this")

    monkeypatch.setattr(desks, "take_batches", failing)
    with pytest.raises(ValueError, match="nobody has thought"):
        await desk.take(of_a_rule(TAKEN_TOGETHER))
    assert tried < 2 * intake_queue.FAILED_SINGLY


def test_complaints_about_a_large_post_are_no_more_than_somebody_reads(house: House) -> None:
    odd = [an_alert(None, str(n), name="Odd", summary=f"odd {n}") for n in range(2 * COMPLAINTS)]
    done = house.take(*odd)
    assert len(done.complaints) == COMPLAINTS
    assert len(done.and_then(done).complaints) == COMPLAINTS


@pytest.mark.parametrize("sign", ["x", "ß", "漢", "🔥"])
def test_an_identity_of_any_length_and_script_is_kept_and_known_again(house: House, sign: str) -> None:
    """PostgreSQL refuses a row of an index beyond 2,704 bytes, and compresses what repeats: so this does not."""
    text = "".join(chr(ord(sign) + n % 23) for n in range(4_000))
    named: dict[str, Any] = {"source": f"api:{text}", "name": text[:200], "severity": text[:200], "summary": "s"}
    assert house.fires(None, text, **named) == "opened"
    assert house.fires(None, text, **named) == "repeated"
    assert house.fires(None, text + "!", **named) == "joined"
    assert house.fires(None, text, **named | {"source": f"api:{text}!"}) == "opened"
    assert house.clears(None, text, **named) == "cleared"
    assert len(house.notices()) == 2
