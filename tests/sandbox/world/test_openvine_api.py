"""Every endpoint the document names, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.ground.clock import FrozenClock
from bot.sandbox.app import sandbox_app
from bot.sandbox.state import StateFolder
from bot.sandbox.world import World
from bot.web.serve import served
from tests.client import a_client
from tests.sandbox.world.helpers import MORNING, TOKEN, a_world, minutes

AUTH = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(MORNING)


@pytest.fixture
def world(clock: FrozenClock, tmp_path: Path) -> World:
    return a_world(clock, folder=StateFolder(tmp_path / "state"))


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served(sandbox_app(world, page=[])) as url,
        a_client(url) as client,
    ):
        yield client


def live(world: World, clock: FrozenClock, for_minutes: float) -> None:
    for _ in range(round(for_minutes * 2)):
        clock.advance(minutes(0.5))
        world.live()


async def read(http: httpx.AsyncClient, path: str) -> Any:
    answer = await http.get(f"/openvine{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_debug_endpoints_speak_the_documents_dart(http: httpx.AsyncClient) -> None:
    for path in ("/debug/video-system-status", "/debug/video-manager"):
        info = await read(http, path)
        assert 300 < info["estimatedMemoryMB"] < 340
        assert {"activeControllers", "totalVideos", "readyVideos"} <= info.keys()
        assert 90 < float(info["metrics"]["preloadSuccessRate"].replace("%", "")) <= 100


async def test_health_goes_from_healthy_to_critical_with_the_memory(
    http: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    assert (await read(http, "/health/video-system"))["status"] == "healthy"
    world.switch("memory_leak", True)
    live(world, clock, 10)
    health = await read(http, "/health/video-system")
    assert health["status"] == "critical"
    assert health["checks"]["memory_mb"] == "critical"


async def test_peak_memory_counts_only_the_range_that_was_asked_for(
    http: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    world.switch("memory_leak", True)
    live(world, clock, 6)
    world.switch("memory_leak", False)
    live(world, clock, 120)
    assert (await read(http, "/metrics/memory?range=24h"))["peak_memory_mb"] > 800
    assert (await read(http, "/metrics/memory?range=30m"))["peak_memory_mb"] < 400


async def test_the_health_check_script_finds_its_fields(http: httpx.AsyncClient) -> None:
    assert (await read(http, "/metrics/errors?range=24h"))["error_rate"] < 5
    assert (await read(http, "/metrics/performance?range=24h"))["avg_preload_time_ms"] > 500
    assert (await read(http, "/metrics/ab-tests"))["video_system_migration_v2"]["percentage"] == 100


async def test_the_export_has_a_row_for_each_moment_of_the_last_hour(
    http: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    live(world, clock, 90)
    exported = await read(http, "/metrics/export?range=1h")
    times = [row["at"] for row in exported["samples"]]
    assert times == sorted(set(times))
    assert times[0] >= "2026-11-24T09:30:00Z" and times[-1] == "2026-11-24T10:30:00Z"


@pytest.mark.parametrize("span", ["", "24", "0h", "-1h", "1w", "1h;ls", "9999999999h"])
async def test_a_range_that_is_none_is_refused(http: httpx.AsyncClient, span: str) -> None:
    assert (await http.get("/openvine/metrics/memory", params={"range": span})).status_code == 400


@pytest.mark.parametrize("path", ["memory-pressure", "feature-flags", "ab-tests"])
@pytest.mark.parametrize("auth", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
async def test_no_admin_call_works_without_the_token(
    http: httpx.AsyncClient, world: World, path: str, auth: dict[str, str]
) -> None:
    before = world.openvine.state
    answer = await http.post(f"/openvine/admin/{path}", json={"new_video_manager": False}, headers=auth)
    assert answer.status_code == 401
    assert world.openvine.state == before


async def test_memory_pressure_frees_memory_and_says_how_much(
    http: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    world.switch("memory_leak", True)
    live(world, clock, 6)
    freed = (await http.post("/openvine/admin/memory-pressure", headers=AUTH)).json()
    assert freed["before_mb"] > 800 and freed["after_mb"] < 300
    assert (await read(http, "/debug/video-manager"))["estimatedMemoryMB"] == freed["after_mb"]


async def test_flags_are_taken_as_curl_d_sends_them(http: httpx.AsyncClient, world: World) -> None:
    answer = await http.post(
        "/openvine/admin/feature-flags",
        content=b'{"new_video_manager": false}',
        headers=AUTH | {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.json()["flags"] == {"new_video_manager": False, "emergency_mode": False}
    assert world.openvine.state.new_video_manager is False


async def test_emergency_mode_shrinks_the_configuration_to_the_documents_figures(
    http: httpx.AsyncClient, world: World
) -> None:
    await http.post("/openvine/admin/feature-flags", json={"emergency_mode": True}, headers=AUTH)
    config = (await read(http, "/debug/video-manager"))["config"]
    assert (config["maxVideos"], config["preloadAhead"], config["preloadBehind"]) == (25, 1, 0)
    assert world.openvine.panel()["config"] == config


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("feature-flags", b"", 400),
        ("feature-flags", b"{not json", 400),
        ("feature-flags", b"[]", 400),
        ("feature-flags", b"{}", 400),
        ("feature-flags", b'{"new_video_manager": "false"}', 400),
        ("feature-flags", b'{"rollout": true}', 404),
        ("feature-flags", b'{"new_video_manager": false, "nonsense": true}', 404),
        ("ab-tests", b'{"video_system_migration_v2": {}}', 400),
        ("ab-tests", b'{"video_system_migration_v2": {"percentage": 101}}', 400),
        ("ab-tests", b'{"video_system_migration_v2": {"percentage": true}}', 400),
        ("ab-tests", b'{"video_system_migration_v3": {"percentage": 0}}', 404),
    ],
)
async def test_a_bad_body_changes_nothing(
    http: httpx.AsyncClient, world: World, path: str, body: bytes, status: int
) -> None:
    before = world.openvine.state
    answer = await http.post(f"/openvine/admin/{path}", content=body, headers=AUTH)
    assert answer.status_code == status and answer.json()["error"]
    assert world.openvine.state == before


@pytest.mark.parametrize(
    "body", [{"video_system_migration_v2": {"percentage": 0}}, {"video_system_rollout_percentage": 0}]
)
async def test_the_rollout_goes_by_either_of_the_documents_names(
    http: httpx.AsyncClient, world: World, body: dict[str, object]
) -> None:
    assert (await http.post("/openvine/admin/ab-tests", json=body, headers=AUTH)).status_code == 200
    assert world.openvine.state.rollout == 0


async def test_reading_an_admin_path_is_not_allowed(http: httpx.AsyncClient) -> None:
    assert (await http.get("/openvine/admin/memory-pressure", headers=AUTH)).status_code == 405


@pytest.mark.parametrize(
    ("fault", "video", "indicator"),
    [(None, 200, "none"), ("load_failures", 403, "minor"), ("cdn_down", 503, "critical")],
)
async def test_the_cdn_answers_as_broken_as_it_is(
    http: httpx.AsyncClient, world: World, fault: str | None, video: int, indicator: str
) -> None:
    if fault:
        world.switch(fault, True)
    assert (await http.head("/cdn/test-video.mp4")).status_code == video
    assert (await http.get("/cdn/test-video.mp4")).status_code == video
    assert (await http.get("/cdn-status/api/status")).json()["status"]["indicator"] == indicator


async def test_a_restarted_sandbox_has_the_same_openvine(
    http: httpx.AsyncClient, world: World, clock: FrozenClock, tmp_path: Path
) -> None:
    world.switch("memory_leak", True)
    live(world, clock, 6)
    await http.post("/openvine/admin/feature-flags", json={"emergency_mode": True}, headers=AUTH)
    again = a_world(clock, folder=StateFolder(tmp_path / "state"))
    assert again.openvine.state == world.openvine.state
    assert again.faults.active == {"memory_leak"}
