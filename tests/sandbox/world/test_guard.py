"""Nobody but this machine, and no page but the sandbox's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.app import sandbox_app
from bot.sandbox.guard import host_of, is_loopback, refusal
from bot.sandbox.world import World
from bot.web.serve import served
from tests.client import a_client
from tests.sandbox.world.helpers import a_world


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served(sandbox_app(world, page=[])) as url,
        a_client(url) as client,
    ):
        yield client


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "localhost", "[::1]:8080", "127.0.0.2"])
async def test_a_loopback_host_is_served(http: httpx.AsyncClient, host: str) -> None:
    assert (await http.get("/world/pages", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8080", "localhost.evil", "[::1"])
async def test_any_other_host_is_refused_even_for_reading(http: httpx.AsyncClient, host: str) -> None:
    assert (await http.get("/world/pages", headers={"Host": host})).status_code == 403


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host"])
async def test_nothing_comes_through_a_tunnel(http: httpx.AsyncClient, header: str) -> None:
    assert (await http.get("/world/pages", headers={header: "for=203.0.113.9"})).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:1"])
async def test_another_origin_may_not_change_anything(http: httpx.AsyncClient, world: World, origin: str) -> None:
    answer = await http.post("/world/fault", json={"id": "mail_down", "on": True}, headers={"Origin": origin})
    assert answer.status_code == 403 and not world.faults.on("mail_down")


async def test_the_pages_own_origin_may(http: httpx.AsyncClient, world: World) -> None:
    own = {"Origin": str(http.base_url).rstrip("/")}
    assert (await http.post("/world/fault", json={"id": "mail_down", "on": True}, headers=own)).status_code == 200
    assert world.faults.on("mail_down")


@pytest.mark.parametrize("client", [("192.0.2.7", 5), ("testclient", 5), None])
def test_a_client_elsewhere_is_refused(client: tuple[str, int] | None) -> None:
    scope = {"type": "http", "method": "GET", "headers": [(b"host", b"localhost")], "client": client}
    assert refusal(scope)
    assert refusal(scope | {"client": ("::ffff:127.0.0.1", 5)}) is None


def test_a_web_socket_from_another_origin_is_refused() -> None:
    headers = [(b"host", b"localhost:8080"), (b"origin", b"https://evil.example")]
    scope = {"type": "websocket", "headers": headers, "client": ("127.0.0.1", 5)}
    assert refusal(scope)
    assert refusal(scope | {"headers": headers[:1]}) is None


def test_hosts_are_read_without_their_ports() -> None:
    assert [host_of(host) for host in ("localhost:1", "[::1]:1", "", "[::1")] == ["localhost", "::1", "", ""]
    assert is_loopback("::1") and not is_loopback("::2") and not is_loopback("")
