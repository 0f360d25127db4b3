"""Requests that really leave: against a server on this machine that misbehaves on demand."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio
from aiohttp import web

from bot.runbooks.answer import Answer, read_answer
from bot.runbooks.execute import LONGEST_ANSWER, execute
from bot.runbooks.request import Outcome, Request
from bot.runbooks.steps.http import Expect, Shown
from tests.client import a_client

from .helpers import TOKEN

HOSTS = frozenset({"127.0.0.1"})


@dataclass
class Server:
    """What the server was asked, and how it is to answer."""

    url: str = ""
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    failures: int = 0
    """How many requests to /flaky are still answered with 503."""
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path, dict(request.headers), await request.read()))
        match request.path:
            case "/status":
                return web.json_response(
                    {"memory": {"mb": 812.4}, "state": "bad", "ok": False, "videos": [{"id": "v1"}]}
                )
            case "/flaky" if self.failures > 0:
                self.failures -= 1
                return web.Response(status=503, text="overloaded")
            case "/slowly":
                await asyncio.sleep(0.4)
                return web.Response(status=503)
            case "/broken":
                return web.Response(status=500, text="boom\n\n  at line 3\n" + "more\n" * 50)
            case "/moved":
                return web.Response(status=302, headers={"Location": "http://evil.example/secret"})
            case "/hang":
                await self.released.wait()
            case "/drop":
                assert request.transport is not None
                request.transport.abort()
            case "/huge":
                return await self.endless(request)
            case "/binary":
                return web.Response(body=b"\xff\xfe\x00\x01" * 9, content_type="video/mp4")
            case "/echo":
                return web.json_response({"said": request.headers.get("Authorization", "")})
            case "/zipped":
                return web.Response(body=gzip.compress(b"0" * 10_000_000), headers={"Content-Encoding": "gzip"})
            case "/cookie":
                return web.Response(text="fine", headers={"Set-Cookie": "session=abc; Path=/"})
        return web.Response(text="fine")

    async def endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b'{"a": 1}\n' * 1000)
        except (ConnectionError, asyncio.CancelledError):
            return response


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    made.released.set()
    await runner.cleanup()


async def sent(request: Request, hosts: frozenset[str] = HOSTS) -> Outcome:
    async with a_client(headers={"X-From-Client": "1"}, follow_redirects=True) as client:
        return await execute(request, client, hosts, pause=0.001)


def get(server: Server, path: str, **more: object) -> Request:
    return replace(Request(method="GET", url=server.url + path), **more)  # type: ignore[arg-type]


def post(server: Server, path: str, **more: object) -> Request:
    return replace(Request(method="POST", url=server.url + path, body=b'{"on": false}'), **more)  # type: ignore[arg-type]


async def test_what_matters_of_the_answer_is_shown_with_labels_and_units(server: Server) -> None:
    show = (Shown("memory.mb", "Memory", "MB"), Shown("videos[0].id", "First video"), Shown("gone", "Gone", "MB"))
    outcome = await sent(get(server, "/status", show=show))
    assert outcome.ok and outcome.status == 200
    assert outcome.text == "Memory: 812.4 MB · First video: v1 · Gone: not in the answer"
    assert outcome.data == {"Memory": 812.4, "First video": "v1"}
    assert 0 < outcome.latency_s < 10


async def test_without_declared_values_the_status_and_the_first_lines_are_shown(server: Server) -> None:
    outcome = await sent(post(server, "/broken"))
    assert not outcome.ok and outcome.certain
    lines = outcome.text.split(" · ")
    assert lines[:4] == ["HTTP 500 Internal Server Error", "expected HTTP 2xx", "boom", "at line 3"]
    assert lines[-1] == "(cut)" and len(lines) == 9


async def test_an_answer_without_any_declared_value_falls_back_to_its_first_lines(server: Server) -> None:
    outcome = await sent(get(server, "/plain", show=(Shown("memory", "Memory"),)))
    assert outcome.ok and outcome.text == "HTTP 200 OK · fine"


def test_an_object_without_declared_values_is_read_value_by_value() -> None:
    body = b'{"ok": true, "metrics": {"rate": 0.8, "by": {"eu": 1}}, "tags": ["a", "b"], "videos": [{"id": 1}], "none": {}}'
    outcome = read_answer(Answer(status=200, reason="OK", body=body), Request(method="GET", url="http://x"))
    assert outcome.text == (
        "HTTP 200 OK · ok: true · metrics.rate: 0.8 · metrics.by.eu: 1 · tags: a, b · videos: 1 entry · none: {}"
    )
    many = b"{" + b",".join(b'"k%d": %d' % (n, n) for n in range(20)) + b"}"
    text = read_answer(Answer(status=200, body=many), Request(method="GET", url="http://x")).text
    assert text.endswith("k5: 5 · (and more)")


async def test_exactly_what_was_confirmed_leaves_and_nothing_is_added(server: Server) -> None:
    request = post(server, "/act", headers=(("Content-Type", "application/json"), ("X-A", "1")), token=TOKEN)
    await sent(request)
    method, path, headers, body = server.seen[0]
    assert (method, path, body) == ("POST", "/act", b'{"on": false}')
    assert headers == {
        "Host": request.host,
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": "application/json",
        "X-A": "1",
        "Content-Length": "13",
    }


async def test_a_head_request_shows_its_status(server: Server) -> None:
    outcome = await sent(get(server, "/status", method="HEAD"))
    assert outcome.ok and outcome.text == "HTTP 200 OK"
    assert server.seen[0][0] == "HEAD"


async def test_a_host_that_is_not_listed_is_not_called(server: Server) -> None:
    outcome = await sent(post(server, "/act"), hosts=frozenset({"api.openvine.co", "127.0.0.1:1"}))
    assert not outcome.ok and outcome.certain and server.seen == []
    assert "not in the list of allowed hosts" in outcome.text


@pytest.mark.parametrize(
    "url", ["http://u:p@127.0.0.1/x", "ftp://127.0.0.1/x", "http://[127.0.0.1/x", "/x", "http://a\x00b/"]
)
async def test_a_url_that_is_not_plain_is_not_called(url: str) -> None:
    outcome = await sent(Request(method="GET", url=url), hosts=frozenset({"127.0.0.1", "u", ""}))
    assert not outcome.ok and outcome.text.startswith("Not sent: ")


async def test_a_redirect_is_not_followed_even_if_the_client_would(server: Server) -> None:
    outcome = await sent(get(server, "/moved", token=TOKEN))
    assert not outcome.ok and outcome.status == 302
    assert "a redirect to evil.example, which the bot does not follow" in outcome.text
    assert len(server.seen) == 1


async def test_an_endless_answer_is_cut(server: Server) -> None:
    outcome = await sent(get(server, "/huge", show=(Shown("a", "A"),)))
    assert outcome.ok and outcome.text.endswith("(cut)")
    assert len(outcome.text) < 2_000 < LONGEST_ANSWER


async def test_what_is_no_text_is_not_shown(server: Server) -> None:
    outcome = await sent(get(server, "/binary"))
    assert outcome.ok and "36 bytes of video/mp4, not shown" in outcome.text


async def test_a_compressed_answer_nobody_asked_for_is_not_unpacked(server: Server) -> None:
    outcome = await sent(get(server, "/zipped"))
    assert outcome.ok and "gzip-compressed and not shown" in outcome.text


async def test_a_slow_read_only_request_is_given_up_and_nothing_was_changed(server: Server) -> None:
    outcome = await sent(get(server, "/hang", timeout=0.1))
    assert not outcome.ok and outcome.certain and outcome.status is None
    assert outcome.text == "No answer within 0.1 s. Nothing was changed."
    assert len(server.seen) == 1


async def test_a_slow_changing_request_has_an_unknown_outcome_and_is_not_sent_twice(server: Server) -> None:
    outcome = await sent(post(server, "/hang", timeout=0.1))
    assert not outcome.ok and not outcome.certain
    assert "may or may not have taken effect" in outcome.text
    assert len(server.seen) == 1


async def test_a_connection_lost_while_a_change_was_under_way_is_unknown_and_not_repeated(server: Server) -> None:
    outcome = await sent(post(server, "/drop"))
    assert not outcome.ok and not outcome.certain
    assert len(server.seen) == 1


async def test_a_read_only_request_is_tried_again_twice_on_a_temporary_error(server: Server) -> None:
    server.failures = 2
    assert (await sent(get(server, "/flaky"))).ok
    assert len(server.seen) == 3


async def test_all_tries_together_end_at_the_timeout(server: Server) -> None:
    outcome = await sent(get(server, "/slowly", timeout=0.5))
    assert not outcome.ok and len(server.seen) < 3, "the third would begin after 0.8 s"


async def test_after_the_last_try_the_last_answer_is_shown(server: Server) -> None:
    server.failures = 99
    outcome = await sent(get(server, "/flaky"))
    assert (outcome.ok, outcome.status, len(server.seen)) == (False, 503, 3)
    assert "overloaded" in outcome.text


async def test_a_changing_request_is_never_tried_again(server: Server) -> None:
    server.failures = 1
    outcome = await sent(post(server, "/flaky"))
    assert (outcome.ok, outcome.status, len(server.seen)) == (False, 503, 1)


async def test_a_client_error_is_not_tried_again(server: Server) -> None:
    outcome = await sent(get(server, "/moved"))
    assert not outcome.ok and len(server.seen) == 1


async def test_a_dead_host_is_a_certain_failure_even_of_a_change() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        outcome = await sent(Request(method="POST", url=f"http://127.0.0.1:{port}/act"))
    assert not outcome.ok and outcome.certain
    assert outcome.text == f"No connection to 127.0.0.1:{port}. Nothing was changed."


async def test_other_good_answers_can_be_declared(server: Server) -> None:
    teapot = Expect(status=("418", "2xx"), values=(("state", "bad"), ("ok", False)))
    assert (await sent(get(server, "/status", expect=teapot))).ok
    wrong = replace(teapot, status=("201",), values=(("ok", 0), ("state", "good"), ("gone", None)))
    outcome = await sent(get(server, "/status", expect=wrong))
    assert not outcome.ok
    assert "expected HTTP 201" in outcome.text
    assert "expected ok to be 0, it is false" in outcome.text
    assert "expected state to be good, it is bad" in outcome.text
    assert "expected gone to be null, it is missing" in outcome.text


async def test_an_answer_that_is_no_json_does_not_meet_an_expected_value(server: Server) -> None:
    outcome = await sent(get(server, "/plain", expect=Expect(values=(("ok", True),))))
    assert not outcome.ok and "it is missing" in outcome.text


async def test_a_token_that_the_server_echoes_is_not_passed_on(server: Server) -> None:
    for show in ((), (Shown("said", "Said"),)):
        outcome = await sent(get(server, "/echo", token=TOKEN, show=show))
        assert TOKEN not in repr(outcome) and "Bearer ••••" in outcome.text


async def test_cookies_are_neither_kept_nor_shown(server: Server) -> None:
    async with a_client() as client:
        first = await execute(get(server, "/cookie"), client, HOSTS)
        await execute(get(server, "/cookie"), client, HOSTS)
    assert "session" not in repr(first)
    assert "Cookie" not in server.seen[1][2]
