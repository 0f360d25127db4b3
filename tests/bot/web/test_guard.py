"""Who is let in: by token, or this machine itself."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sources import SOURCES
from bot.web.guard import Guard, is_local, is_loopback_host
from tests.bot.web.conftest import Site
from tests.client import a_client

GUARDED = [
    *(("POST", source.path) for source in SOURCES),
    ("POST", "/alerts/from/statuspage"),
    ("POST", "/heartbeat/backup"),
    ("GET", "/heartbeat/backup"),
    ("GET", "/api/incidents"),
    ("GET", "/api/incidents/7"),
    ("GET", "/api/incidents/7/timeline"),
]


async def status(site: Site, method: str, path: str, **headers: str) -> int:
    answer = await site.client.request(
        method, path, json={"summary": "s"} if method == "POST" else None, headers=headers
    )
    return answer.status_code


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_with_tokens_set_even_this_machine_needs_one(closed: Site, method: str, path: str) -> None:
    assert await status(closed, method, path) == 401
    assert await status(closed, method, path, Authorization="Bearer first-token") != 401
    assert await status(closed, method, path, Authorization="bearer second-token") != 401


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer wrong",
        "Bearer first-token2",
        "Bearer first-toke",
        "first-token",
        "Basic first-token",
        "Bearer first-token, second-token",
        "Bearer \xff",
    ],
)
async def test_a_wrong_token_is_401_and_nothing_is_taken(closed: Site, authorization: str) -> None:
    headers = [(b"authorization", authorization.encode("latin-1"))]
    answer = await closed.client.post("/alerts", json={"summary": "s"}, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "INTAKE_TOKENS" in answer.json()["error"] and "first-token" not in answer.text
    assert (closed.desk.calls, closed.counted("intake_rejected_total", reason="unauthorized")) == (0, 1)


async def test_two_authorizations_are_none(closed: Site) -> None:
    headers = [("authorization", "Bearer first-token"), ("authorization", "Bearer wrong")]
    answer = await closed.client.post("/alerts", json={"summary": "s"}, headers=headers)
    assert answer.status_code == 401


async def test_with_a_token_forwarding_headers_and_foreign_hosts_do_not_matter(closed: Site) -> None:
    headers = {"Authorization": "Bearer first-token", "X-Forwarded-For": "203.0.113.9", "Host": "bot.example.com"}
    assert await status(closed, "POST", "/alerts", **headers) == 202


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_without_tokens_this_machine_is_served(local: Site, method: str, path: str) -> None:
    assert await status(local, method, path) in (200, 202, 400, 501)


@pytest.mark.parametrize(
    "headers",
    [
        {"Forwarded": "for=127.0.0.1"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"x-forwarded-proto": "https"},
        {"X-Forwarded-Anything": ""},
        {"Via": "1.1 tunnel"},
        {"Host": "bot.example.com"},
        {"Host": "abc.ngrok.app"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example:3000"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/alerts"), ("GET", "/api/incidents")])
async def test_without_tokens_a_tunnel_or_a_foreign_page_is_not(
    local: Site, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = await local.client.request(method, path, json={"summary": "s"}, headers=headers)
    assert (answer.status_code, local.desk.calls) == (401, 0)
    assert "only this machine itself is served" in answer.json()["error"]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:3000", "127.0.0.1:80", "127.8.9.1", "[::1]:3000", "localhost."]
)
async def test_every_name_of_this_machine_will_do(local: Site, host: str) -> None:
    assert await status(local, "POST", "/alerts", Host=host) == 202
    assert await status(local, "POST", "/alerts", Host=host, Origin="http://localhost:8080") == 202


@pytest.mark.parametrize(
    "host", [b"", b"[::1", b"[::1]x", b"0.0.0.0", b"10.0.0.1", b"::1:3000", b"localhost@evil", b"\xff"]
)
def test_other_hosts_are_not_this_machine(host: bytes) -> None:
    assert not is_loopback_host(host)


@pytest.mark.parametrize(
    ("client", "headers", "local"),
    [
        (("127.0.0.1", 5), [(b"host", b"localhost")], True),
        (("::1", 5), [(b"host", b"[::1]:3000")], True),
        (("::ffff:127.0.0.1", 5), [(b"host", b"localhost")], True),
        (("192.168.1.7", 5), [(b"host", b"localhost")], False),
        (("::ffff:192.168.1.7", 5), [(b"host", b"localhost")], False),
        (("nonsense", 5), [(b"host", b"localhost")], False),
        (None, [(b"host", b"localhost")], False),
        (("127.0.0.1", 5), [], False),
        (("127.0.0.1", 5), [(b"host", b"localhost"), (b"host", b"localhost")], False),
    ],
)
def test_only_a_direct_loopback_connection_for_a_loopback_host_is_local(
    client: Any, headers: list[tuple[bytes, bytes]], local: bool
) -> None:
    scope = {"client": client, "headers": headers}
    assert is_local(scope) is local
    assert (Guard(()).refusal(scope) is None) is local
    assert (Guard(("", "  ")).refusal(scope) is None) is local, "blank tokens are no tokens"


@pytest.mark.parametrize("sent", [b"Bearer ", b"Bearer  ", b"Bearer\tt", b"", b" t"])
def test_an_empty_bearer_is_no_bearer(sent: bytes) -> None:
    scope = {"client": ("127.0.0.1", 5), "headers": [(b"host", b"localhost"), (b"authorization", sent)]}
    assert Guard(("t", "")).refusal(scope) is not None


def test_metrics_are_open_to_this_machine_and_need_a_token_from_elsewhere() -> None:
    guard = Guard(("t",))
    here = {"client": ("127.0.0.1", 5), "headers": [(b"host", b"localhost")]}
    away: dict[str, Any] = {"client": ("192.168.1.7", 5), "headers": [(b"host", b"bot.example.com")]}
    bearing = {**away, "headers": [*away["headers"], (b"authorization", b"Bearer t")]}
    assert guard.metrics_refusal(here) is None
    assert guard.metrics_refusal(away) is not None
    assert guard.metrics_refusal(bearing) is None
    assert Guard(()).metrics_refusal(away) is not None


async def test_metrics_through_a_tunnel_need_a_token(closed: Site) -> None:
    assert await status(closed, "GET", "/metrics") == 200
    assert await status(closed, "GET", "/metrics", Host="bot.example.com") == 401
    assert await status(closed, "GET", "/metrics", Host="bot.example.com", Authorization="Bearer first-token") == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_probes_need_no_token(closed: Site, path: str) -> None:
    async with a_client(closed.url) as stranger:
        answer = await stranger.get(path, headers={"Host": "bot.example.com", "X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 200
