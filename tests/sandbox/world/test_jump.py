"""Jumping the clock: everything happens, in its order, at its time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ground.clock import FrozenClock, ShiftedClock
from bot.sandbox.faults import FAULTS
from bot.sandbox.jump import OTHERWISE
from bot.sandbox.state import StateFolder, load_clock
from bot.sandbox.world import World
from bot.web.serve import served
from tests.sandbox.world.helpers import MORNING, Diary, Ear, a_world, minutes


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(MORNING)


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def world(clock: FrozenClock, ear: Ear, tmp_path: Path) -> AsyncIterator[World]:
    async with served(ear.app()) as url:
        world = a_world(clock, folder=StateFolder(tmp_path / "state"), alert_url=f"{url}/alerts/alertmanager")
        yield world
        await world.alerting.close()


def with_diary(world: World, *entries: tuple[float, str], hopeless: set[str] | None = None) -> Diary:
    diary = Diary(world.clock, [(MORNING + minutes(m), text) for m, text in entries], hopeless or set())
    world.deadlines = diary
    return diary


def at(after: float) -> datetime:
    return MORNING + minutes(after)


async def test_each_deadline_is_met_at_its_own_instant(world: World, clock: FrozenClock) -> None:
    diary = with_diary(world, (10, "everyone"), (0.7, "nag"), (5, "secondary"), (45, "too late"))
    fired = await world.jump(minutes(30))
    assert diary.done == [(at(0.7), "nag"), (at(5), "secondary"), (at(10), "everyone")]
    assert fired == ["09:00:42Z nag", "09:05:00Z secondary", "09:10:00Z everyone"]
    assert clock.now() == at(30)


@given(st.lists(st.floats(0, 600), max_size=12), st.floats(1, 600))
async def test_no_deadline_up_to_the_target_is_skipped_and_none_is_early(whens: list[float], far: float) -> None:
    world = a_world()
    diary = with_diary(world, *((when, f"deadline {n}") for n, when in enumerate(whens)))
    await world.jump(minutes(far))
    due = sorted(when for when in whens if minutes(when) <= minutes(far))
    assert [done for done, _text in diary.done] == [at(when) for when in due]
    assert world.clock.now() == at(far)


async def test_a_deadline_made_on_the_way_is_met_on_the_way(world: World) -> None:
    diary = with_diary(world, (5, "page the primary"))

    def next_level(text: str) -> None:
        if text == "page the primary":
            diary.entries.append((MORNING + minutes(10), "page the secondary"))

    diary.on_done = next_level
    await world.jump(minutes(20))
    assert diary.done == [(at(5), "page the primary"), (at(10), "page the secondary")]


async def test_an_alert_that_fires_on_the_way_is_heard_before_later_deadlines(world: World, ear: Ear) -> None:
    heard_by_then: dict[str, int] = {}
    diary = with_diary(world, (4, "before"), (9, "after"))
    diary.on_done = lambda text: heard_by_then.__setitem__(text, len(ear.heard))
    world.switch("memory_leak", True)
    fired = await world.jump(minutes(10))
    assert heard_by_then == {"before": 0, "after": 1}
    assert [line.split()[1] for line in fired] == ["before", "video_memory_high", "after"]
    assert ear.heard[0]["alerts"][0]["startsAt"] == "2026-11-24T09:07:00Z"


async def test_what_comes_due_while_a_stop_is_being_done_is_told_too(world: World, clock: FrozenClock) -> None:
    class Slow(Diary):
        async def settled(self) -> None:
            clock.advance(timedelta(seconds=1))
            await super().settled()

    world.deadlines = Slow(clock, [(at(7) + timedelta(seconds=0.5), "secondary")], set())
    world.switch("memory_leak", True)
    fired = await world.jump(minutes(8))
    assert [line.split()[1] for line in fired] == ["video_memory_high", "secondary"]


async def test_next_goes_to_the_bots_next_deadline(world: World, clock: FrozenClock) -> None:
    diary = with_diary(world, (5, "secondary"), (10, "everyone"))
    assert await world.jump(None) == ["09:05:00Z secondary"]
    assert clock.now() == at(5) and len(diary.done) == 1


async def test_next_takes_all_deadlines_of_that_instant(world: World) -> None:
    diary = with_diary(world, (5, "page a"), (5, "page b"), (6, "page c"))
    await world.jump(None)
    assert diary.done == [(at(5), "page a"), (at(5), "page b")]


async def test_next_goes_to_the_moment_a_pending_rule_fires(world: World, clock: FrozenClock) -> None:
    world.switch("crash_spike", True)
    await world.jump(minutes(1))
    fires = world.next_alert()
    fired = await world.jump(None)
    assert fires is not None and clock.now() == fires[0]
    assert len(fired) == 1 and "video_crash_rate_high fires (P0)" in fired[0]


@pytest.mark.parametrize("fault", [fault.id for fault in FAULTS if fault.group == "openvine"])
async def test_next_goes_on_until_what_is_broken_makes_its_rule_fire(world: World, fault: str) -> None:
    world.switch(fault, True)
    fired = await world.jump(None)
    assert len(fired) >= 1 and " fires (P" in fired[0]


async def test_next_stops_at_what_happens_first_even_if_nobody_saw_it_coming(world: World, clock: FrozenClock) -> None:
    with_diary(world, (600, "handoff"))
    world.switch("memory_leak", True)
    fired = await world.jump(None)
    assert "video_memory_high" in fired[0] and clock.now() < at(10)


@pytest.mark.parametrize("entries", [[], [(25 * 60.0, "handoff")]])
async def test_next_is_five_minutes_when_nothing_is_due_within_a_day(
    world: World, clock: FrozenClock, entries: list[tuple[float, str]]
) -> None:
    with_diary(world, *entries)
    assert await world.jump(None) == []
    assert clock.now() == MORNING + OTHERWISE


async def test_a_deadline_the_bot_cannot_meet_does_not_hold_up_the_others(world: World, clock: FrozenClock) -> None:
    diary = with_diary(world, (1, "page over a dead line"), (5, "secondary"), hopeless={"page over a dead line"})
    fired = await world.jump(minutes(10))
    assert [text for _at, text in diary.done] == ["secondary"]
    assert diary.done[0][0] - MORNING <= minutes(5.5)
    assert fired.count("09:01:00Z page over a dead line") == 1
    assert clock.now() == at(10)


async def test_what_was_refused_for_a_moment_leaves_before_the_clock_goes_on(world: World, clock: FrozenClock) -> None:
    diary = with_diary(world, (5, "page over a slow line"))
    diary.on_done = lambda _text: diary.tries.append(clock.now() + timedelta(seconds=1))
    await world.jump(minutes(20))
    assert diary.tried == [at(5) + timedelta(seconds=1)]


async def test_what_waits_when_a_jump_begins_leaves_first(world: World) -> None:
    diary = with_diary(world, (5, "secondary"))
    diary.tries = [MORNING, MORNING + timedelta(seconds=2)]
    await world.jump(None)
    assert diary.tried == [MORNING, MORNING + timedelta(seconds=2)]


async def test_what_is_refused_again_and_again_does_not_hold_up_the_night(world: World, clock: FrozenClock) -> None:
    class Refused(Diary):
        asked = 0

        async def next_try(self) -> datetime:
            self.asked += 1
            return self.clock.now() + timedelta(seconds=1)

    world.deadlines = refused = Refused(world.clock, [])
    await world.jump(timedelta(hours=1))
    assert clock.now() == at(60) and refused.asked < 100


async def test_an_overdue_deadline_is_met_first_and_the_clock_does_not_go_back(
    world: World, clock: FrozenClock
) -> None:
    diary = with_diary(world, (-3, "overdue"))
    await world.jump(minutes(1))
    assert diary.done == [(MORNING, "overdue")] and clock.now() == at(1)


async def test_a_bot_that_is_down_does_not_stop_the_clock_and_hears_of_it_later(
    world: World, clock: FrozenClock, ear: Ear
) -> None:
    url, world.alerting.url = world.alerting.url, "http://127.0.0.1:1/"
    world.switch("crash_spike", True)
    await world.jump(minutes(10))
    assert clock.now() == at(10) and world.alerting.waiting()
    world.alerting.url = url
    await world.jump(minutes(1))
    assert len(ear.heard) == 1


async def test_a_quiet_day_passes_in_few_steps_and_a_leak_in_the_usual_ones(world: World) -> None:
    asked = 0

    class Counting(Diary):
        async def next_deadline(self) -> None:
            nonlocal asked
            asked += 1

    world.deadlines = Counting(world.clock, [])
    await world.jump(timedelta(days=1))
    assert asked < 200
    asked = 0
    world.switch("memory_leak", True)
    await world.jump(timedelta(hours=1))
    assert asked >= 120


async def test_the_real_clock_jumps_and_stays_ahead_after_a_restart(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")
    world = a_world(load_clock(folder), folder=folder)
    real = world.clock.real()
    await world.jump(timedelta(hours=3))
    await world.jump(timedelta(hours=1))
    again = load_clock(folder)
    assert isinstance(again, ShiftedClock)
    assert timedelta(hours=4) <= again.now() - real < timedelta(hours=4, minutes=1)
