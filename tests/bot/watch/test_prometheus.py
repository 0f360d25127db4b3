"""A Prometheus is asked, and whatever it answers is an answer or a reason: real HTTP, and the real server's own bodies."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.watch.outcome import Found
from bot.watch.prometheus import AT_ONCE, Prometheus, read_answer
from bot.web.serve import served
from tests.client import a_client

VECTOR = {
    "status": "success",
    "data": {
        "resultType": "vector",
        "result": [
            {"metric": {"__name__": "x", "host": "b"}, "value": [1700000000.1, "612.5"]},
            {"metric": {"__name__": "x", "host": "a"}, "value": [1700000000.1, "+Inf"]},
            {"metric": {"host": "c"}, "value": [1700000000.1, "NaN"]},
        ],
    },
}


class Server:
    def __init__(self) -> None:
        self.url, self.asked = "", Counter[str]()
        self.waiting = self.most = 0
        self.released = asyncio.Event()

    async def answer(self, request: Request) -> Response:
        query = request.query_params["query"]
        self.asked[query] += 1
        if query.startswith("hang"):
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            await self.released.wait()
        if query == "moved":
            return RedirectResponse("http://elsewhere.example/")
        if query == "bad(":
            return JSONResponse({"status": "error", "errorType": "bad_data", "error": "parse error"}, 400)
        return JSONResponse(VECTOR)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    async with served(Starlette(routes=[Route("/api/v1/query", made.answer)])) as url:
        made.url = url
        yield made
        made.released.set()


async def test_each_series_is_an_answer_and_what_is_no_number_is_none(server: Server) -> None:
    async with a_client() as client:
        said = await Prometheus(client, f"{server.url}/").ask(["x > 500"])
    found = said["x > 500"]
    assert not isinstance(found, str)
    assert found == {"host=a": Found(float("inf"), {"host": "a"}), "host=b": Found(612.5, {"host": "b"})}


async def test_a_refusal_a_redirect_and_a_dead_server_are_reasons(server: Server) -> None:
    async with a_client() as client:
        said = await Prometheus(client, server.url).ask(["bad(", "moved"])
        gone = await Prometheus(client, "http://127.0.0.1:1").ask(["x"])
    assert said["bad("] == "HTTP 400: parse error"
    assert said["moved"] == "HTTP 307, and the answer is none of Prometheus"
    assert gone["x"] == "ConnectError at 127.0.0.1"


async def test_who_hangs_is_given_up_and_no_more_than_so_many_are_asked_at_once(server: Server) -> None:
    async with a_client() as client:
        queries = [f"hang{n}" for n in range(AT_ONCE + 3)]
        said = await Prometheus(client, server.url).ask(queries, within=0.5)
    assert set(said.values()) == {"no answer within 0.5 s"} and server.most == AT_ONCE


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>", "HTTP 200, and the answer is none of Prometheus"),
        (b'{"status":"success","data":{"resultType":"matrix","result":[]}}', "it is a matrix, no value of this moment"),
        (b'{"status":"success","data":{"resultType":"vector","result":[]}}', {}),
        (b'{"status":"success","data":{"resultType":"scalar","result":[1,"3"]}}', {"": Found(3.0)}),
        (json.dumps({"status": "error"}).encode(), "HTTP 200: an error without a word"),
    ],
)
def test_every_body_is_an_answer_or_a_reason(body: bytes, said: object) -> None:
    assert read_answer(200, body) == said
