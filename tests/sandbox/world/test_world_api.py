"""What the page reads and presses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.ground.clock import FrozenClock, ShiftedClock
from bot.sandbox.app import sandbox_app
from bot.sandbox.faults import FAULTS
from bot.sandbox.world import BotStatus, World
from bot.web.serve import served
from tests.client import a_client
from tests.sandbox.world.helpers import MORNING, Diary, a_world, minutes


@pytest.fixture
def world() -> World:
    return a_world(FrozenClock(MORNING))


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served(sandbox_app(world, page=[])) as url,
        a_client(url) as client,
    ):
        yield client


async def state(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/world/state")).json()
    return found


async def test_the_state_says_all_the_page_shows(http: httpx.AsyncClient, world: World) -> None:
    world.deadlines = Diary(world.clock, [(MORNING + minutes(5), "level 2: secondary for #3")])
    world.bot_status = lambda: BotStatus(url="http://127.0.0.1:3000", ready=True, mode="http", restarts=2)
    shown = await state(http)
    assert shown["clock"] == {
        "now": "2026-11-24T09:00:00Z",
        "offset_s": 0,
        "next_deadline": {"at": "2026-11-24T09:05:00Z", "in_s": 300, "what": "level 2: secondary for #3"},
        "otherwise_s": 300,
    }
    assert shown["people"] == [{"email": "engineer_a@openvine.co", "name": "Engineer A"}]
    assert shown["bot"] == {"url": "http://127.0.0.1:3000", "ready": True, "trouble": "", "mode": "http", "restarts": 2}
    memory = next(gauge for gauge in shown["openvine"]["gauges"] if gauge["id"] == "memory")
    assert (memory["unit"], memory["warning"], memory["critical"]) == ("MB", 500, 800)
    assert shown["openvine"]["flags"] == {"new_video_manager": True, "emergency_mode": False}
    assert shown["openvine"]["rollout"] == {"video_system_migration_v2": 100}
    assert [row["rule"] for row in shown["alerts"]] == [
        "video_memory_high",
        "video_crash_rate_high",
        "video_preload_slow",
        "video_load_success_low",
    ]
    assert {row["state"] for row in shown["alerts"]} == {"inactive"}


async def test_without_a_deadline_there_is_none(http: httpx.AsyncClient) -> None:
    assert (await state(http))["clock"]["next_deadline"] is None


async def test_a_rule_that_will_fire_is_what_comes_next_and_there_the_jump_goes(
    http: httpx.AsyncClient, world: World
) -> None:
    world.switch("memory_leak", True)
    foreseen = (await state(http))["clock"]["next_deadline"]
    assert (foreseen["at"], foreseen["what"]) == ("2026-11-24T09:07:00Z", "video_memory_high fires (P1)"), (
        "though none is pending yet"
    )
    await world.jump(minutes(5))
    world.deadlines = Diary(world.clock, [(MORNING + minutes(30), "level 2: secondary for #3")])
    ahead = (await state(http))["clock"]["next_deadline"]
    row = (await state(http))["alerts"][0]
    assert ahead["what"] == "video_memory_high fires (P1)" and ahead["at"] == row["fires_at"]
    answer = await http.post("/world/jump", json={"to": "next"})
    assert answer.json()["now"] == ahead["at"] and "video_memory_high fires" in answer.json()["fired"][0]


async def test_every_fault_can_be_switched_on_and_off_and_is_shown(http: httpx.AsyncClient, world: World) -> None:
    for fault in FAULTS:
        for on in (True, False):
            answer = await http.post("/world/fault", json={"id": fault.id, "on": on})
            assert answer.json() == {"ok": True}
            shown = {one["id"]: one["on"] for one in (await state(http))["faults"]}
            assert shown[fault.id] is on and world.faults.on(fault.id) is on


async def test_a_watcher_hears_of_faults_that_are_on_already_and_of_each_switch(world: World) -> None:
    world.switch("slack_down", True)
    heard: list[tuple[str, bool]] = []
    world.faults.watch(lambda fault, on: heard.append((fault, on)))
    world.switch("slack_down", False)
    assert heard == [("slack_down", True), ("slack_down", False)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("fault", b"nonsense"),
        ("fault", b"[]"),
        ("fault", b'{"id": "meteor", "on": true}'),
        ("fault", b'{"id": "mail_down", "on": 1}'),
        ("jump", b"{}"),
        ("jump", b'{"to": "yesterday"}'),
        ("jump", b'{"to": "seconds", "seconds": -5}'),
        ("jump", b'{"to": "seconds", "seconds": 0}'),
        ("jump", b'{"to": "seconds", "seconds": "300"}'),
        ("jump", b'{"to": "seconds", "seconds": 1e12}'),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_reason(
    http: httpx.AsyncClient, world: World, path: str, body: bytes
) -> None:
    answer = await http.post(f"/world/{path}", content=body)
    assert answer.status_code == 400
    assert answer.json()["ok"] is False and answer.json()["error"]
    assert world.clock.now() == MORNING and world.faults.active == frozenset()


async def test_a_jump_answers_with_what_fired_and_the_gauges_have_a_history(http: httpx.AsyncClient) -> None:
    await http.post("/world/fault", json={"id": "memory_leak", "on": True})
    first = (await http.post("/world/jump", json={"to": "seconds"})).json()
    assert first == {"ok": True, "now": "2026-11-24T09:05:00Z", "fired": []}
    pending = next(row for row in (await state(http))["alerts"] if row["rule"] == "video_memory_high")
    assert (pending["state"], pending["fires_at"]) == ("pending", "2026-11-24T09:07:00Z")
    second = (await http.post("/world/jump", json={"to": "next"})).json()
    assert second["now"] == "2026-11-24T09:07:00Z"
    assert [line.split()[1] for line in second["fired"]] == ["video_memory_high"]
    memory = next(gauge for gauge in (await state(http))["openvine"]["gauges"] if gauge["id"] == "memory")
    times, values = zip(*memory["history"], strict=True)
    assert list(times) == sorted(times) and times[-1] == (MORNING + minutes(7)).timestamp()
    assert values[-1] > 800 > 400 > values[0]


async def test_the_phone_refuses_what_cannot_be_pressed_in_words(http: httpx.AsyncClient) -> None:
    answer = await http.post("/world/pagerduty", json={"dedup_key": "incident-1", "action": "acknowledge"})
    assert answer.status_code == 400 and "there is no page incident-1" in answer.json()["error"]


async def topics(http: httpx.AsyncClient, heard: list[str], up: asyncio.Event) -> None:
    async with http.stream("GET", "/world/events", timeout=None) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async for line in stream.aiter_lines():
            up.set()
            if line.startswith("data: "):
                heard.append(line.removeprefix("data: "))


async def test_open_pages_hear_what_changed_and_are_let_go_at_the_end(world: World) -> None:
    heard: list[str] = []
    up = asyncio.Event()
    async with a_client() as http:
        async with served(sandbox_app(world, page=[])) as url:
            http.base_url = url
            listening = asyncio.create_task(topics(http, heard, up))
            await up.wait()
            await http.post("/world/fault", json={"id": "crash_spike", "on": True})
            await http.post("/world/jump", json={"to": "seconds", "seconds": 60})
            while not {"faults", "openvine", "clock", "alerting"} <= set(heard):
                await asyncio.sleep(0)
            began = time.monotonic()
            await world.stop()
        await listening
        assert time.monotonic() - began < 0.8


async def test_a_page_that_goes_away_is_forgotten(http: httpx.AsyncClient, world: World) -> None:
    up = asyncio.Event()
    listening = asyncio.create_task(topics(http, [], up))
    await up.wait()
    assert len(world.hub._listeners) == 1
    listening.cancel()
    while world.hub._listeners:
        await asyncio.sleep(0)


async def test_in_real_time_the_world_lives_by_itself() -> None:
    world = a_world(ShiftedClock())
    await world.start()
    before = world.openvine.state.elapsed
    changes = world.hub.stream()
    assert await anext(changes) in {"openvine", "alerting"}
    assert world.openvine.state.elapsed > before
    await changes.aclose()  # type: ignore[attr-defined]
    await world.stop()
