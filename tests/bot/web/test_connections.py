"""Whoever says nothing, half a thing or too much keeps nobody out: real sockets, and the loop's time handed in."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from bot.web import serve
from bot.web.body import read_body
from bot.web.connections import (
    BODY_WITHIN_S,
    HEAD_LIMIT,
    HEAD_WITHIN_S,
    NO_DOORS,
    OUR_TURN,
    Connection,
    most_connections,
    part_with_debtors,
)
from bot.web.fast_path import Answer, Reply, Take
from bot.web.fast_path import Door as ShortDoor
from tests.bot.web.conftest import site

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
ALERT = b'{"summary": "one", "severity": "P1"}'


@dataclass
class Door:
    """A server whose connections can be looked at."""

    port: int
    state: ServerState
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def one(self) -> Connection:
        (found,) = self.state.connections
        assert isinstance(found, Connection)
        return found

    def later(self, seconds: float) -> None:
        """What the server's clock does, so many seconds from now."""
        part_with_debtors(self.state.connections, asyncio.get_running_loop().time() + seconds)

    async def knock(self, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        writer.write(sent)
        await writer.drain()
        return reader, writer


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with its body; `/refused` without having read it."""
    body = b"refused" if scope["path"] == "/refused" else await read_body(scope, receive, 10**6)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def a_door(most: int = 100, doors: Mapping[bytes, ShortDoor] = NO_DOORS) -> AsyncIterator[Door]:
    config = uvicorn.Config(echo, lifespan="off", log_config=None, ws="none", timeout_keep_alive=600)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(config=config, server_state=state, app_state={}, most=most, doors=doors), "127.0.0.1", 0
    )
    door = Door(server.sockets[0].getsockname()[1], state)
    try:
        yield door
    finally:
        server.close()
        for writer in door.writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        for one in list(state.connections):
            one.transport.abort()


async def arrived(door: Door, count: int = 1) -> None:
    while len(door.state.connections) < count:
        await asyncio.sleep(0)


async def gone(reader: asyncio.StreamReader) -> bool:
    """Whether the other side cut us off."""
    try:
        return await reader.read(1) == b""
    except ConnectionResetError:
        return True


async def test_a_thousand_connections_that_say_nothing_keep_no_alert_out() -> None:
    most_connections()  # this process holds both ends of them
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 3_000:
        pytest.skip("the system allows too few open files for a thousand connections")
    async with site() as running:
        port = running.client.base_url.port
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(1_000)]
        answer = await running.client.post("/alerts", content=ALERT)
        for _, writer in idle:
            writer.close()
    assert (answer.status_code, len(running.desk.taken)) == (202, 1)


HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhal"


@pytest.mark.parametrize("sent", [b"GET /", HALF_A_BODY])
async def test_where_there_is_no_room_whoever_has_owed_the_longest_leaves(sent: bytes) -> None:
    async with a_door(most=3) as door:
        first, _ = await door.knock(sent)
        await arrived(door, 1)
        while sent is HALF_A_BODY and door.one.owes_until < asyncio.get_running_loop().time() + HEAD_WITHIN_S:
            await asyncio.sleep(0)
        for count in (2, 3):
            await door.knock(sent)
            await arrived(door, count)
        reader, _ = await door.knock(GET)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert await gone(first)


async def test_whose_turn_is_ours_is_never_put_out_for_somebody_new() -> None:
    async with a_door(most=1) as door:
        await door.knock()
        await arrived(door)
        served = door.one
        served.owes_until = OUR_TURN
        reader, _ = await door.knock(GET)
        assert await gone(reader)
        assert door.one is served


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"GET /healthz HT", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
async def test_a_head_that_does_not_come_ends_the_connection(sent: bytes) -> None:
    async with a_door() as door:
        reader, _ = await door.knock(sent)
        await arrived(door)
        door.later(HEAD_WITHIN_S - 1)
        assert len(door.state.connections) == 1
        door.later(HEAD_WITHIN_S + 1)
        assert not door.state.connections
        assert await gone(reader)


async def test_after_an_answer_the_next_head_is_owed_like_the_first() -> None:
    async with a_door() as door:
        reader, writer = await door.knock(GET)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET /he")
        await writer.drain()
        door.later(HEAD_WITHIN_S + 1)
        assert await gone(reader)


class Waits:
    """A door of the fast path that lets whoever posts wait until it is told to answer."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.gone = 0

    def admits(self, scope: Scope) -> Take:
        return self.take

    def take(self, raw: bytes, answer: Answer) -> None:
        self.answers.append(answer)

    def left(self) -> None:
        self.gone += 1


async def test_on_the_fast_path_the_body_and_the_next_head_are_owed_and_in_between_nothing_is() -> None:
    waits = Waits()
    async with a_door(doors={b"/short": waits}) as door:
        reader, writer = await door.knock(b"POST /short HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
        await arrived(door)
        while door.one._in_head:
            await asyncio.sleep(0)
        assert 0 < door.one.owes_until < OUR_TURN
        writer.write(b"ab")
        while not waits.answers:
            await asyncio.sleep(0)
        door.later(3_600)
        waits.answers.pop()(Reply(202, b"{}"))
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 202")
        door.later(HEAD_WITHIN_S + 1)
        assert await gone(reader)
        assert not waits.gone


async def test_on_the_fast_path_a_body_that_breaks_off_is_counted_and_not_taken() -> None:
    waits = Waits()
    async with a_door(doors={b"/short": waits}) as door:
        await door.knock(b"POST /short HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
        await arrived(door)
        while door.one._in_head:
            await asyncio.sleep(0)
        door.later(BODY_WITHIN_S + 1)
        while not waits.gone:
            await asyncio.sleep(0)
        assert not waits.answers


async def test_a_server_that_ends_answers_the_fast_path_first_and_closes_then() -> None:
    waits = Waits()
    async with a_door(doors={b"/short": waits}) as door:
        reader, _ = await door.knock(b"POST /short HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        while not waits.answers:
            await asyncio.sleep(0)
        door.one.shutdown()
        waits.answers.pop()(Reply(202, b"{}"))
        assert b"connection: close" in await reader.readuntil(b"{}")
        assert await gone(reader)


@pytest.mark.parametrize("path", [b"/taken", b"/refused"])
async def test_a_body_that_does_not_come_ends_the_connection_also_where_it_was_refused_unread(path: bytes) -> None:
    async with a_door() as door:
        reader, _ = await door.knock(b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        await arrived(door)
        while door.one._in_head:
            await asyncio.sleep(0)
        door.later(BODY_WITHIN_S - 1)
        assert len(door.state.connections) == 1
        door.later(BODY_WITHIN_S + 1)
        assert not door.state.connections
        await reader.read()


async def test_a_client_that_waits_for_our_answer_owes_nothing_however_long_it_takes() -> None:
    begun, answered = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(scope, receive, 100)
        begun.set()
        await answered.wait()
        await echo({**scope, "path": "/refused"}, receive, send)

    async with a_door() as door:
        reader, writer = await door.knock()
        await arrived(door)
        door.one.app = slow
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
        await begun.wait()
        door.later(3_600)
        answered.set()
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")


async def test_a_head_of_any_length_is_not_collected() -> None:
    async with a_door() as door:
        reader, _ = await door.knock(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (HEAD_LIMIT + 1))
        assert b"400" in await reader.readline()
        assert b"larger than 64 KiB" in await reader.read()


async def test_many_requests_on_one_connection_are_many_heads_and_not_a_long_one() -> None:
    async with a_door() as door:
        reader, writer = await door.knock()
        post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n" + b"x" * 30_000
        for _ in range(4):
            writer.write(post)
            await writer.drain()
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(30_000)


@pytest.mark.parametrize("path", [b"/short", b"/long"])
async def test_a_server_that_has_ended_holds_no_connection_though_its_client_waits_for_an_answer(
    path: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "GRACE_S", 0.01)
    waits, asked = Waits(), asyncio.Event()

    class App:
        doors: ClassVar[Mapping[bytes, ShortDoor]] = {b"/short": waits}

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            asked.set()
            await asyncio.Event().wait()

    async with serve.served(App()) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" % path)
        while not waits.answers and not asked.is_set():
            await asyncio.sleep(0)
    with suppress(ConnectionResetError):
        assert b"HTTP/1.1 202" not in await asyncio.wait_for(reader.read(), 30)
    writer.close()


def test_the_process_asks_for_as_many_open_files_as_it_may_have() -> None:
    most = most_connections()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == hard or soft >= 16_384
    assert most <= soft / 2
