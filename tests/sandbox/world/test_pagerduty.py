"""The sandbox's PagerDuty takes and refuses what the real one does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.ground.clock import FrozenClock
from bot.sandbox.app import sandbox_app
from bot.sandbox.misbehave import Manner
from bot.sandbox.pagerduty import RATE
from bot.sandbox.state import StateFolder
from bot.sandbox.world import World
from bot.web.serve import served
from tests.client import a_client
from tests.sandbox.world.helpers import MORNING, a_world, minutes

KEY = "k" * 32


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


def event(action: str = "trigger", dedup_key: str | None = "incident-1", **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"routing_key": KEY, "event_action": action, "dedup_key": dedup_key}
    if action == "trigger":
        payload = {"summary": "Memory is at 812MB", "source": "openvine-video", "severity": "critical"}
        body["payload"] = payload | changes.pop("payload", {})
    return body | changes


async def send(http: httpx.AsyncClient, body: object) -> httpx.Response:
    return await http.post("/pagerduty/v2/enqueue", json=body)


async def pages(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = (await http.get("/world/pages")).json()["pages"]
    return shown


async def test_a_trigger_rings_and_an_ack_and_a_resolve_follow_it(http: httpx.AsyncClient, clock: FrozenClock) -> None:
    links = [{"href": "https://example.com/3", "text": "Incident 3"}]
    answer = await send(http, event(links=links))
    assert answer.status_code == 202
    assert answer.json()["status"] == "success" and answer.json()["dedup_key"] == "incident-1"
    clock.advance(minutes(1))
    await send(http, event("acknowledge"))
    [page] = await pages(http)
    assert page == {
        "dedup_key": "incident-1",
        "status": "acknowledged",
        "summary": "Memory is at 812MB",
        "severity": "critical",
        "source": "openvine-video",
        "links": links,
        "first_at": "2026-11-24T09:00:00Z",
        "last_at": "2026-11-24T09:01:00Z",
        "count": 1,
        "id": page["id"],
        "number": 1,
        "assignee": "Engineer A",
        "by": "",
        "notes": [],
    }
    await send(http, event("resolve"))
    assert [page["status"] for page in await pages(http)] == ["resolved"]


async def test_a_key_that_is_open_or_acknowledged_is_not_paged_twice(http: httpx.AsyncClient) -> None:
    await send(http, event())
    await send(http, event())
    await send(http, event("acknowledge"))
    await send(http, event())
    assert [(page["status"], page["count"]) for page in await pages(http)] == [("acknowledged", 3)]


async def test_after_a_resolve_the_same_key_opens_a_new_page_shown_first(http: httpx.AsyncClient) -> None:
    for action in ("trigger", "resolve", "trigger"):
        await send(http, event(action))
    assert [page["status"] for page in await pages(http)] == ["triggered", "resolved"]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
async def test_acks_and_resolves_of_what_is_not_open_are_dropped_with_202(http: httpx.AsyncClient, action: str) -> None:
    assert (await send(http, event(action))).status_code == 202
    await send(http, event())
    assert (await send(http, event(action, routing_key="o" * 32))).status_code == 202
    assert [page["status"] for page in await pages(http)] == ["triggered"]


async def test_a_trigger_without_a_key_is_given_one(http: httpx.AsyncClient) -> None:
    keys = {(await send(http, event(dedup_key=None))).json()["dedup_key"] for _ in range(2)}
    assert len(keys) == 2 and {page["dedup_key"] for page in await pages(http)} == keys


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "object"),
        ({}, "routing_key"),
        (event(routing_key="short"), "routing_key"),
        (event("page"), "event_action"),
        (event(dedup_key="d" * 256), "dedup_key"),
        (event("acknowledge", dedup_key=None), "dedup_key"),
        (event(payload={"summary": ""}), "payload.summary"),
        (event(payload={"summary": "s" * 1_025}), "payload.summary"),
        (event(payload={"source": None}), "payload.source"),
        (event(payload={"severity": "P0"}), "payload.severity"),
        (event(payload={"timestamp": "yesterday"}), "payload.timestamp"),
        (event(links=[{"text": "no href"}]), "links"),
        (event(images=[{"src": "http://insecure/x.png"}]), "images"),
        (event(payload={"custom_details": {"log": "x" * 512 * 1024}}), "larger"),
    ],
)
async def test_an_event_that_is_not_valid_is_refused_and_the_fault_named(
    http: httpx.AsyncClient, body: object, named: str
) -> None:
    answer = await send(http, body)
    assert answer.status_code == 400 and answer.json()["status"] == "invalid event"
    assert any(named in error for error in answer.json()["errors"])
    assert await pages(http) == []


async def test_what_is_just_within_the_limits_is_taken(http: httpx.AsyncClient) -> None:
    assert (await send(http, event(dedup_key="d" * 255, payload={"summary": "s" * 1_024}))).status_code == 202


async def test_more_than_the_rate_is_throttled_per_key_until_the_minute_is_over(
    http: httpx.AsyncClient, clock: FrozenClock, world: World
) -> None:
    for _ in range(RATE):
        assert (await send(http, event())).status_code == 202
    assert (await send(http, event())).status_code == 429
    assert (await send(http, event(routing_key="o" * 32))).status_code == 202
    clock.advance(minutes(1))
    assert (await send(http, event())).status_code == 202
    world.pagerduty.rate = None
    assert {(await send(http, event())).status_code for _ in range(RATE)} == {202}


@pytest.mark.parametrize(("manner", "status"), [("down", 503), ("limited", 429)])
async def test_it_can_be_told_to_refuse(http: httpx.AsyncClient, world: World, manner: Manner, status: int) -> None:
    world.pagerduty.manner = manner
    assert (await send(http, event())).status_code == status
    assert await pages(http) == []
    assert [call.status for call in world.pagerduty.calls] == [status]


async def test_the_switch_of_the_page_takes_it_down_and_up(http: httpx.AsyncClient) -> None:
    await http.post("/world/fault", json={"id": "pagerduty_down", "on": True})
    assert (await send(http, event())).status_code == 503
    await http.post("/world/fault", json={"id": "pagerduty_down", "on": False})
    assert (await send(http, event())).status_code == 202


async def test_it_can_break_the_connection(http: httpx.AsyncClient, world: World) -> None:
    world.pagerduty.manner = "close"
    with pytest.raises(httpx.RemoteProtocolError):
        await send(http, event())
    assert [call.status for call in world.pagerduty.calls] == [0]


async def test_it_can_keep_silent(http: httpx.AsyncClient, world: World) -> None:
    world.pagerduty.manner = "hang"
    with pytest.raises(httpx.ReadTimeout):
        await http.post("/pagerduty/v2/enqueue", json=event(), timeout=0.2)
    assert await pages(http) == []


async def test_its_pages_outlive_a_restart(
    http: httpx.AsyncClient, world: World, clock: FrozenClock, tmp_path: Path
) -> None:
    await send(http, event())
    again = a_world(clock, folder=StateFolder(tmp_path / "state"))
    assert again.pagerduty.pages == world.pagerduty.pages and len(again.pagerduty.pages) == 1
