"""The alerting, from OpenVine's memory to the bot's intake, over HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.configuration import load
from bot.drills import openvine
from bot.ground.clock import FrozenClock
from bot.sandbox.alertmanager import REPEAT
from bot.sandbox.rulebook import KEEP_FIRING
from bot.sandbox.state import StateFolder
from bot.sandbox.world import World
from bot.web.serve import served
from tests.bot.configuration.cases import SHIPPED
from tests.sandbox.world.helpers import MORNING, Ear, a_world, minutes


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


async def live(world: World, clock: FrozenClock, for_minutes: float) -> list[str]:
    said: list[str] = []
    for _ in range(round(for_minutes * 2)):
        clock.advance(minutes(0.5))
        said += world.live()
        await world.tell()
    return said


async def test_a_leak_reaches_the_bot_about_seven_minutes_later(world: World, clock: FrozenClock, ear: Ear) -> None:
    world.switch("memory_leak", True)
    await live(world, clock, 6.5)
    assert ear.heard == []
    said = await live(world, clock, 1.5)
    assert [body["status"] for body in ear.heard] == ["firing"]
    alert = ear.heard[0]["alerts"][0]
    assert alert["labels"] == {"alertname": "video_memory_high", "severity": "P1"}
    assert set(alert["annotations"]) == {"message", "runbook"}
    assert alert["annotations"]["runbook"] == "https://docs.openvine.co/runbooks/memory-usage"
    message = alert["annotations"]["message"]
    found = re.fullmatch(r"Video system memory usage is ([\d.]+)MB \(threshold: 500MB\)", message)
    assert found is not None and float(found[1]) > 500
    assert said == [f"video_memory_high fires (P1): {message}"]


async def test_it_repeats_after_four_hours_and_says_once_that_it_is_over(
    world: World, clock: FrozenClock, ear: Ear
) -> None:
    world.switch("load_failures", True)
    await live(world, clock, 8)
    await live(world, clock, REPEAT / minutes(1))
    loads = [body for body in ear.heard if body["groupLabels"] == {"alertname": "video_load_success_low"}]
    assert [body["status"] for body in loads] == ["firing", "firing"]
    assert loads[0]["alerts"][0]["startsAt"] == loads[1]["alerts"][0]["startsAt"]
    world.switch("load_failures", False)
    await live(world, clock, 60)
    loads = [body for body in ear.heard if body["groupLabels"] == {"alertname": "video_load_success_low"}]
    assert [body["status"] for body in loads] == ["firing", "firing", "resolved"]
    over = loads[2]["alerts"][0]
    assert over["endsAt"] > over["startsAt"] == loads[0]["alerts"][0]["startsAt"]


async def test_what_was_mended_is_over_five_minutes_later_and_the_world_says_when(
    world: World, clock: FrozenClock, ear: Ear
) -> None:
    world.switch("memory_leak", True)
    await live(world, clock, 8)
    world.openvine.state = openvine.relieve(world.openvine.state)
    world.switch("memory_leak", False)
    await live(world, clock, 0.5)
    over = world.next_alert()
    assert over == (clock.now() + KEEP_FIRING, "video_memory_high (P1) is over")
    assert await live(world, clock, 4.5) == []
    assert await live(world, clock, 0.5) == ["video_memory_high (P1) is over"]
    assert [body["status"] for body in ear.heard] == ["firing", "resolved"]


async def test_load_failures_are_a_p1_and_a_p0_when_nothing_loads(world: World, clock: FrozenClock, ear: Ear) -> None:
    world.switch("load_failures", True)
    await live(world, clock, 8)
    assert [alert["labels"]["severity"] for body in ear.heard for alert in body["alerts"]] == ["P1"]
    await live(world, clock, 4)
    assert [alert["labels"]["severity"] for alert in ear.heard[-1]["alerts"]] == ["P1"], "below 70 % is P1 still"
    world.switch("cdn_down", True)
    await live(world, clock, 8)
    assert [alert["labels"]["severity"] for alert in ear.heard[-1]["alerts"]] == ["P1", "P0"]
    rows = world.alerting.rows(world.openvine.gauges())
    row = next(row for row in rows if row["rule"] == "video_load_success_low")
    assert (row["state"], row["severity"], row["threshold"]) == ("firing", "P0", 5)
    assert len(rows) == 4


async def test_a_bot_that_is_down_hears_of_it_when_it_is_back(world: World, clock: FrozenClock, ear: Ear) -> None:
    ear.answers = [503, 500]
    world.switch("crash_spike", True)
    await live(world, clock, 4)
    assert len(ear.heard) == 1 and ear.answers == []
    assert ear.heard[0]["alerts"][0]["labels"]["alertname"] == "video_crash_rate_high"
    await live(world, clock, 4)
    assert len(ear.heard) == 1


async def asked_at(world: World, clock: FrozenClock, ear: Ear) -> list[float]:
    """Ask for a flush all the time until the bot took it; the real seconds after which it was in fact posted."""
    began, asked = clock.now(), list[float]()
    while not ear.heard:
        left = len(ear.answers)
        await world.tell()
        await world.tell()
        if len(ear.answers) != left or ear.heard:
            asked.append((clock.now() - began).total_seconds())
        clock.advance(timedelta(seconds=0.25))
    return asked


def firing(world: World, clock: FrozenClock) -> None:
    """Let the crash rate's rule fire, untold."""
    world.switch("crash_spike", True)
    while not world.alerting.waiting():
        clock.advance(minutes(0.5))
        world.live()


async def test_retries_wait_longer_each_time_and_are_not_hurried_by_asking(
    world: World, clock: FrozenClock, ear: Ear
) -> None:
    firing(world, clock)
    ear.answers = [503, 500, 502, 503]
    assert await asked_at(world, clock, ear) == [0, 0.5, 1.25, 2.5, 4.25]


async def test_a_refusal_is_asked_again_at_the_next_interval_only(world: World, clock: FrozenClock, ear: Ear) -> None:
    firing(world, clock)
    ear.answers = [400, 401]
    assert await asked_at(world, clock, ear) == [0, 30, 60]


async def test_a_bot_that_is_not_there_at_all_loses_nothing(clock: FrozenClock, tmp_path: Path, ear: Ear) -> None:
    world = a_world(clock, folder=StateFolder(tmp_path / "state"), alert_url="http://127.0.0.1:1/alerts/alertmanager")
    world.switch("crash_spike", True)
    await live(world, clock, 4)
    assert world.alerting.waiting()
    async with served(ear.app()) as url:
        world.alerting.url = f"{url}/alerts/alertmanager"
        await live(world, clock, 1)
        assert len(ear.heard) == 1 and not world.alerting.waiting()
    await world.alerting.close()


async def test_a_restarted_sandbox_neither_forgets_nor_repeats_what_it_told(
    world: World, clock: FrozenClock, ear: Ear, tmp_path: Path
) -> None:
    world.switch("crash_spike", True)
    await live(world, clock, 4)
    clock.advance(minutes(600))
    again = a_world(clock, folder=StateFolder(tmp_path / "state"), alert_url=world.alerting.url)
    ear.heard.clear()
    again.switch("crash_spike", False)
    await live(again, clock, 10)
    assert [body["status"] for body in ear.heard][-1] == "resolved"
    starts = {alert["startsAt"] for body in ear.heard for alert in body["alerts"]}
    assert starts == {"2026-11-24T09:02:30Z"}
    await again.alerting.close()


async def test_time_off_does_not_count_towards_a_for(clock: FrozenClock, tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")
    world = a_world(clock, folder=folder)
    world.switch("slow_preload", True)
    await live(world, clock, 5)
    left = _until_firing(world)
    assert minutes(4) < left < minutes(9)
    world.alerting.save()
    clock.advance(minutes(120))
    again = a_world(clock, folder=folder)
    assert _until_firing(again) == left


def _until_firing(world: World) -> timedelta:
    firing = world.alerting.next_change()
    assert firing is not None and firing[1] == "video_preload_slow fires (P2)"
    return firing[0] - world.clock.now()


async def test_the_bots_token_goes_along(clock: FrozenClock, ear: Ear) -> None:
    async with served(ear.app()) as url:
        world = World(
            folder=None,
            clock=clock,
            alert_url=f"{url}/alerts/alertmanager",
            external_url="http://127.0.0.1:8080",
            openvine_token="t",
            intake_token="intake",
            rules=load(SHIPPED).rules,
        )
        world.switch("crash_spike", True)
        await live(world, clock, 4)
        assert ear.headers[0]["authorization"] == "Bearer intake"
        await world.alerting.close()
