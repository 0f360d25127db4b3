"""Somebody sets the machine's clock: no interval is longer for it, nothing that has passed is left out, and it is said once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.context import Context
from bot.ground.clock import COMES_BACK, LONGEST_HOLD, SystemClock
from bot.machine.chores import every
from bot.machine.clock_steps import go_on_from, keep_time
from bot.outbox.claiming import LEASE
from bot.outbox.sender import Sender
from bot.store import Store, Tx, claims, deliveries, incidents
from bot.store.deliveries import Delivery
from bot.usecases.desk import Desk
from bot.usecases.escalation import climb_due
from bot.usecases.intake import take_expired
from bot.usecases.liveness import ALIVE, sign_of_life
from tests.bot.usecases.house import ALL, MONDAY, SHIPPED, an_alert
from tests.stories.night import a_night

HOUR, SECOND, NONE = timedelta(hours=1), timedelta(seconds=1), timedelta(0)


class Machine:
    """A machine whose clock may be set. It starts on that Monday."""

    def __init__(self) -> None:
        self.wall, self.steady = MONDAY, 5_000.0
        self.clock = SystemClock(lambda: self.wall, lambda: self.steady)

    def passes(self, by: timedelta) -> None:
        self.wall += by
        self.steady += by.total_seconds()

    def is_set(self, by: timedelta) -> None:
        self.wall += by


def test_a_clock_that_nobody_sets_is_the_machines() -> None:
    machine = Machine()
    for _ in range(100):
        machine.passes(timedelta(minutes=7))
        assert machine.clock.now() == machine.clock.real() == machine.wall
    assert machine.clock.stepped() == NONE


def test_set_back_it_goes_on_and_comes_back_within_a_day() -> None:
    machine = Machine()
    machine.passes(HOUR)
    machine.is_set(-HOUR)
    assert machine.clock.now() == machine.wall + HOUR
    machine.passes(timedelta(minutes=5))
    assert machine.clock.now() - (MONDAY + HOUR) == timedelta(minutes=5) * (1 - COMES_BACK)
    assert machine.clock.stepped() == -HOUR
    assert machine.clock.stepped() == NONE, "said once"
    machine.passes(timedelta(days=1))
    assert (machine.clock.now(), machine.clock.ahead) == (machine.wall, NONE)


def test_set_ahead_it_follows_at_once_and_makes_up_for_a_step_back_first() -> None:
    machine = Machine()
    machine.is_set(HOUR)
    assert machine.clock.now() == MONDAY + HOUR
    machine.is_set(-HOUR)
    machine.clock.now()
    machine.is_set(HOUR)
    assert machine.clock.now() == MONDAY + HOUR
    assert machine.clock.ahead == NONE


def test_more_than_a_day_is_followed_and_said() -> None:
    machine = Machine()
    machine.is_set(-timedelta(days=400))
    assert machine.clock.now() == machine.wall
    assert machine.clock.stepped() == -timedelta(days=400)


steps = st.timedeltas(min_value=-timedelta(hours=3), max_value=timedelta(hours=3))
passing = st.timedeltas(min_value=NONE, max_value=timedelta(hours=1))


@given(st.lists(st.tuples(passing, steps), max_size=7))
def test_it_never_goes_back_and_no_interval_is_more_than_a_twentieth_too_long(
    life: list[tuple[timedelta, timedelta]],
) -> None:
    machine = Machine()
    before = machine.clock.now()
    for passed, step in life:
        machine.passes(passed)
        machine.is_set(step)
        now = machine.clock.now()
        assert now - before >= passed * (1 - COMES_BACK) - timedelta(microseconds=5)
        assert machine.wall - timedelta(microseconds=5) <= now <= machine.wall + LONGEST_HOLD
        before = now


# What hangs on it


@pytest.fixture
async def machine() -> Machine:
    return Machine()


@pytest.fixture
async def desk(sqlite_url: str, machine: Machine) -> AsyncIterator[Desk]:
    store = Store(sqlite_url, machine.clock)
    yield Desk(store, machine.clock, Context(SHIPPED, ALL))
    await store.close()


async def test_the_second_level_is_called_on_time_though_the_clock_was_set_back_an_hour(
    desk: Desk, machine: Machine
) -> None:
    await desk.take([an_alert()])
    machine.is_set(-HOUR)
    machine.passes(timedelta(minutes=4))
    assert await desk.do(climb_due) == 0
    machine.passes(timedelta(minutes=1, seconds=20))
    assert await desk.do(climb_due) == 1
    story = await desk.look(lambda tx, ctx: incidents.story(tx.conn, 1))
    assert [entry.event.kind for entry in story][-1] == "escalated"


async def test_housekeeping_comes_round_though_the_clock_was_set_back_an_hour(desk: Desk, machine: Machine) -> None:
    async def nothing() -> None:
        return None

    chore = every(timedelta(seconds=5), "configuration", nothing, machine.clock)
    await chore.do()
    machine.is_set(-HOUR)
    machine.passes(timedelta(seconds=6))
    assert callable(chore.due) and chore.due() <= machine.clock.now()


async def test_what_a_dead_process_held_is_taken_over_though_the_clock_was_set_back(
    desk: Desk, machine: Machine
) -> None:
    def hold(tx: Tx, ctx: Context) -> int:
        deliveries.add(tx.conn, [Delivery(kind="word", lane="page", line="a", key="a")], tx.at)
        return len(claims.claim(tx.conn, "page", owner="x", at=tx.at, real=tx.real, lease=LEASE, limit=9))

    assert await desk.do(hold) == 1
    machine.is_set(-HOUR)
    machine.passes(LEASE * 1.2)
    await Sender(desk, machine.clock, {}, owner="y").take_over()
    assert (await desk.look(lambda tx, ctx: deliveries.row(tx.conn, 1))).state == "waiting"


async def test_an_alert_lives_as_long_as_its_sender_says_though_the_clock_was_set_back(
    desk: Desk, machine: Machine
) -> None:
    machine.is_set(-HOUR)
    machine.clock.now()
    await desk.take([an_alert(ends_at=machine.wall + timedelta(minutes=4))])
    machine.passes(timedelta(minutes=3))
    assert await desk.do(take_expired) == 0
    machine.passes(timedelta(minutes=1, seconds=20))
    assert await desk.do(take_expired) == 1


async def test_after_a_restart_time_goes_on_from_the_last_sign_of_life(
    sqlite_url: str, desk: Desk, machine: Machine
) -> None:
    await desk.take([an_alert()])
    await desk.do(sign_of_life)
    machine.is_set(-HOUR)
    machine.passes(timedelta(seconds=10))
    again = SystemClock(lambda: machine.wall, lambda: machine.steady)
    store = Store(sqlite_url, again)
    restarted = Desk(store, again, Context(SHIPPED, ALL))
    await go_on_from(restarted, ALIVE)
    assert again.now() == MONDAY
    machine.passes(timedelta(minutes=5, seconds=20))
    assert await restarted.do(climb_due) == 1
    await store.close()


async def test_a_sign_of_life_of_another_age_is_not_believed(sqlite_url: str, desk: Desk, machine: Machine) -> None:
    await desk.do(sign_of_life)
    machine.is_set(-timedelta(days=30))
    await go_on_from(desk, ALIVE)
    assert machine.clock.now() == machine.wall


async def test_a_step_is_said_in_the_channel_once(tmp_path: Path) -> None:
    async with a_night(tmp_path) as night:
        desk = night.sandbox.bot.desk
        night.clock.step = -HOUR
        await keep_time(desk)
        await keep_time(desk)
        await night.settle()
        told = [m["text"] for m in night.sees("engineer_a") if "clock was set" in m["text"]]
        assert told == ["🕰️ The machine's clock was set back by 1 h."]


def test_the_machines_own_clocks_are_read() -> None:
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.ahead < SECOND
