"""What a stranger may cost who knocks at Slack's door: his headers are looked at first, and unproved bodies have one small room."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.web.unverified_bodies import UnverifiedBodies
from tests.bot.web.conftest import site


class Bolt:
    """Takes what bears a signature, and keeps what it was given."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def refusal(self, request: Request) -> str | None:
        return None if "x-slack-signature" in request.headers else "not signed"

    async def answer(self, request: Request) -> Response:
        self.heard.append(await request.body())
        return PlainTextResponse("ok")


SIGNED = {"X-Slack-Signature": "v0=1"}


async def test_slack_gets_the_raw_body_and_judges_by_itself_who_knocks() -> None:
    bolt = Bolt()
    async with site("token", slack=bolt) as running:
        headers = {**SIGNED, "X-Forwarded-For": "203.0.113.9", "Host": "bot.example.com"}
        raw = b"payload=%7B%22a%22%3A1%7D&x=+\xc3\xa9"
        answer = await running.client.post("/slack/events", content=raw, headers=headers)
        large = await running.client.post("/slack/events", content=b"x" * (2 * 1024 * 1024 + 1), headers=headers)
    assert (answer.status_code, bolt.heard) == (200, [raw])
    assert large.status_code == 413


async def test_of_what_bears_no_signature_not_a_byte_is_waited_for() -> None:
    async with site(slack=Bolt()) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.client.base_url.port)
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 401")
        writer.close()


async def test_unfinished_bodies_share_one_room_and_the_oldest_leaves_it_first() -> None:
    unverified, leave, order = UnverifiedBodies(room=100), asyncio.Event(), list[str]()

    async def stand(name: str, size: int) -> None:
        try:
            async with unverified.place() as took:
                took(size)
                await leave.wait()
                order.append(f"{name} done")
        except TimeoutError:
            order.append(f"{name} put out")

    async with asyncio.TaskGroup() as group:
        for name, size in (("first", 60), ("second", 30), ("third", 40)):
            group.create_task(stand(name, size))
        while not order:
            await asyncio.sleep(0)
        leave.set()
    assert order == ["first put out", "second done", "third done"]


async def test_one_that_is_larger_than_the_room_is_put_out_itself() -> None:
    with pytest.raises(TimeoutError):
        async with UnverifiedBodies(room=100).place() as took:
            took(101)
            await asyncio.Event().wait()


async def test_who_is_put_out_hears_why() -> None:
    async with site(slack=Bolt()) as running:
        unfinished = []
        for _ in range(9):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.client.base_url.port)
            writer.write(b"POST /slack/events HTTP/1.1\r\nHost: localhost\r\nX-Slack-Signature: v0=1\r\n")
            writer.write(b"Content-Length: 2000000\r\n\r\n" + b"x" * 1_900_000)
            unfinished.append((reader, writer))
        head = await unfinished[0][0].readline()
        for _, writer in unfinished:
            writer.close()
    assert head.startswith(b"HTTP/1.1 408")
