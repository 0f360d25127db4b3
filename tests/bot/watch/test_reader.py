"""Metrics really read: from a server that misbehaves on demand, and from the sandbox's OpenVine as it is shipped."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bot.configuration import load
from bot.drills.openvine_api import OpenVineServer
from bot.ground.clock import FrozenClock
from bot.sandbox.faults import Faults
from bot.watch.model import Monitoring, Sample
from bot.watch.reader import AT_ONCE, MetricsReader, Reading
from bot.web.serve import served
from tests.bot.configuration.cases import SHIPPED
from tests.client import a_client

TOKEN = "t0ken-of-the-admin-api"
NOWHERE = "http://127.0.0.1:1"


@dataclass
class Metrics:
    """What was asked, and who is still waiting for an answer."""

    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    tokens: set[str | None] = field(default_factory=set)
    waiting: int = 0
    most_waiting: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked[str(request.url).removeprefix(self.url)] += 1
        self.tokens.add(request.headers.get("authorization"))
        match path:
            case "/html":
                return HTMLResponse("<h1>Sign in</h1>")
            case "/overloaded":
                return JSONResponse({"a": 1}, 503)
            case "/echo":
                return JSONResponse({"a": request.headers["authorization"]})
            case _ if path.startswith("/hang"):
                await self.hang()
        return JSONResponse({"a": 1, "b": "87%", "range": request.query_params.get("range")})

    async def hang(self) -> None:
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            await self.released.wait()
        finally:
            self.waiting -= 1


@pytest_asyncio.fixture
async def metrics() -> AsyncIterator[Metrics]:
    made = Metrics()
    app = Starlette(routes=[Route("/{path:path}", made.answer)])
    async with served(app) as url:
        made.url = url
        yield made
        made.released.set()


def monitoring(*samples: Sample) -> Monitoring:
    return Monitoring(samples={each.name: each for each in samples}, thresholds={})


def sample(name: str, endpoint: str, path: str = "a") -> Sample:
    return Sample(name=name, endpoint=endpoint, path=path, unit="MB")


async def read(
    url: str,
    known: Monitoring | None,
    names: Iterable[str] | None = None,
    *,
    within: float = 20,
    hosts: Iterable[str] = ("127.0.0.1",),
) -> dict[str, Reading]:
    async with a_client() as client:
        reader = MetricsReader(
            client,
            monitoring=lambda: known,
            variables=lambda: {"OPENVINE_API_URL": url, "OPENVINE_API_TOKEN": TOKEN},
            hosts=lambda: frozenset(hosts),
        )
        return await reader.read(names, within=within)


async def test_metrics_of_one_endpoint_share_one_request(metrics: Metrics) -> None:
    known = monitoring(
        sample("one", "/m?range=5m"),
        replace(sample("two", "/m?range=5m", "b"), unit="%", read="percent"),
        sample("three", "/m?range=1h", "range"),
    )
    assert await read(metrics.url, known) == {
        "one": Reading(name="one", value=1, unit="MB"),
        "two": Reading(name="two", value=87, unit="%"),
        "three": Reading(name="three", unit="MB", why="range is “1h”, no number"),
    }
    assert metrics.asked == {"/m?range=5m": 1, "/m?range=1h": 1}
    assert metrics.tokens == {f"Bearer {TOKEN}"}


async def test_only_what_is_asked_for_is_read_in_the_order_asked(metrics: Metrics) -> None:
    known = monitoring(sample("one", "/1"), sample("two", "/2"), sample("three", "/3"))
    assert list(await read(metrics.url, known, ["three", "one", "three"])) == ["three", "one"]
    assert metrics.asked == {"/3": 1, "/1": 1}


async def test_a_name_that_is_not_in_the_file_is_a_gap_with_a_guess(metrics: Metrics) -> None:
    found = await read(metrics.url, monitoring(sample("memory", "/1")), ["memroy"])
    assert found == {
        "memroy": Reading(
            name="memroy", why='monitoring.yml has no sample “memroy”; did you mean "memory"?', known=False
        )
    }


async def test_without_the_file_everything_is_a_gap_that_says_so(metrics: Metrics) -> None:
    assert await read(metrics.url, None) == {}
    why = "there is no monitoring.yml, so nothing can be measured"
    assert await read(metrics.url, None, ["memory"]) == {"memory": Reading(name="memory", why=why, known=False)}


async def test_one_endpoint_in_trouble_is_a_gap_and_the_others_are_read(metrics: Metrics) -> None:
    known = monitoring(sample("page", "/html"), sample("load", "/overloaded"), sample("good", "/m"))
    found = await read(metrics.url, known)
    assert {name: reading.why for name, reading in found.items()} == {
        "page": "the answer is no JSON but text/html",
        "load": "HTTP 503 Service Unavailable",
        "good": "",
    }
    assert metrics.asked["/overloaded"] == 1


async def test_who_does_not_answer_in_time_is_a_gap_and_costs_the_others_nothing(metrics: Metrics) -> None:
    known = monitoring(sample("slow", "/hang"), sample("good", "/m"))
    found = await read(metrics.url, known, within=1)
    assert found["slow"] == Reading(name="slow", unit="MB", why="no answer within 1 s")
    assert found["good"].value == 1


async def test_no_more_than_four_are_asked_at_once_and_the_deadline_is_for_all_together(metrics: Metrics) -> None:
    known = monitoring(*(sample(f"m{n}", f"/hang/{n}") for n in range(9)))
    found = await read(metrics.url, known, within=1.5)
    assert {reading.why for reading in found.values()} == {"no answer within 1.5 s"}
    assert metrics.most_waiting == AT_ONCE
    assert sum(metrics.asked.values()) == AT_ONCE


async def test_a_host_that_is_not_listed_is_not_asked(metrics: Metrics) -> None:
    found = await read(metrics.url, monitoring(sample("memory", "/m")), hosts=["api.openvine.co"])
    assert found["memory"].value is None
    assert "is not in the list of allowed hosts" in found["memory"].why
    assert not metrics.asked


async def test_a_dead_server_and_an_unusable_setting_are_gaps() -> None:
    known = monitoring(sample("memory", "/m"))
    assert (await read(NOWHERE, known))["memory"].why == "no connection to 127.0.0.1:1"
    assert "OPENVINE_API_URL is not a plain http(s) URL" in (await read("nonsense", known))["memory"].why


async def test_a_token_that_the_server_echoes_is_not_repeated(metrics: Metrics) -> None:
    found = await read(metrics.url, monitoring(sample("memory", "/echo")))
    assert found["memory"].why == "a is “Bearer ••••”, no number"


async def test_every_shipped_metric_is_read_from_the_sandboxs_openvine() -> None:
    clock = FrozenClock(datetime(2026, 11, 27, 12, tzinfo=UTC))
    openvine = OpenVineServer(folder=None, faults=Faults(), clock=clock, token=TOKEN, changed=lambda: None)
    async with served(Starlette(routes=openvine.routes())) as url:
        found = await read(f"{url}/openvine", load(SHIPPED).monitoring)
    now = openvine.gauges()
    assert {name: reading.value for name, reading in found.items()} == {
        "video_memory_mb": now.memory_mb,
        "video_controllers": now.controllers,
        "preload_success_rate": now.preload_success,
        "total_videos": now.total_videos,
        "ready_videos": now.ready_videos,
        "error_rate": now.error_rate,
        "crash_rate": now.crash_rate,
        "preload_time_ms": now.preload_ms,
        "load_success_rate": now.load_success,
        "ab_test_lift": 12.4,
        "ab_test_significant": 1,
    }
    assert {reading.unit for reading in found.values()} == {"MB", "", "%", "ms"}
