"""Plain posts take the fast path, all others the full one, and no sender can tell which it was."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from bot.alerts import Alert
from bot.web.fast_path import is_plain
from bot.web.intake import TakeAlerts
from tests.bot.web.conftest import Site

ALERT = b'{"summary": "N", "severity": "P1"}'
LENGTH = b"Content-Length: %d\r\n" % len(ALERT)
HOST = b"Host: localhost\r\n"
PLAIN = b"POST /alerts HTTP/1.1\r\n" + HOST + LENGTH + b"\r\n" + ALERT
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(ALERT), ALERT)


async def knock(site: Site, *pieces: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = site.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    return reader, writer


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[bytes, bytes], bytes]:
    """The next answer on a connection: its status, its headers, its body."""
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).rstrip().split(b"\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in lines)
    return int(status.split()[1]), headers, await reader.readexactly(int(headers.get(b"content-length", b"0")))


@pytest.fixture
def full_path(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of what came by the full path."""
    came: list[str] = []
    whole = TakeAlerts.__call__

    async def noted(self: TakeAlerts, scope: Any, receive: Any, send: Any) -> None:
        came.append(scope["path"])
        await whole(self, scope, receive, send)

    monkeypatch.setattr(TakeAlerts, "__call__", noted)
    return came


WAYS: dict[str, tuple[Sequence[bytes], bool]] = {
    "plain": ((PLAIN,), True),
    "in pieces": ((PLAIN[:9], PLAIN[9:70], PLAIN[70:-8], PLAIN[-8:]), True),
    "chunked": ((b"POST /alerts HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED,), False),
    "an old version": ((b"POST /alerts HTTP/1.0\r\n" + HOST + LENGTH + b"\r\n" + ALERT,), False),
    "its last": ((PLAIN.replace(HOST, HOST + b"Connection: close\r\n"),), False),
    "it asks first": ((PLAIN.replace(HOST, HOST + b"Expect: 100-continue\r\n"),), False),
    "a query": ((PLAIN.replace(b"/alerts", b"/alerts?from=here"),), False),
    "a slash": ((PLAIN.replace(b"/alerts", b"/alerts/"),), False),
}


@pytest.mark.parametrize("way", WAYS)
async def test_however_a_post_comes_it_is_taken_once_and_answered_alike(
    local: Site, full_path: list[str], way: str
) -> None:
    pieces, short = WAYS[way]
    reader, writer = await knock(local, *pieces)
    status, headers, body = await answer(reader)
    if status == 100:
        status, headers, body = await answer(reader)
    writer.close()
    assert (status, headers[b"content-type"], body) == (
        202,
        b"application/json",
        b'{"accepted":1,"ignored":0,"errors":[]}',
    )
    assert b"date" in headers
    assert ([alert.summary for alert in local.desk.taken], not full_path) == (["N"], short)
    assert local.counted("intake_seconds_count") == 1


@pytest.mark.parametrize(
    ("headers", "plain"),
    [
        ([(b"content-length", b"12")], True),
        ([(b"content-length", b"0")], True),
        ([(b"content-length", b"131072")], True),
        ([(b"content-length", b"131073")], False),
        ([(b"content-length", b"9" * 5_000)], False),
        ([(b"content-length", b"-1")], False),
        ([(b"content-length", b"")], False),
        ([], False),
        ([(b"content-length", b"12"), (b"transfer-encoding", b"chunked")], False),
        ([(b"content-length", b"12"), (b"expect", b"100-continue")], False),
    ],
)
def test_plain_is_a_small_body_of_a_declared_length(headers: list[tuple[bytes, bytes]], plain: bool) -> None:
    assert is_plain(b"POST", headers) is plain
    assert not is_plain(b"PUT", headers)


async def test_posts_sent_before_the_answer_are_answered_in_their_order(local: Site) -> None:
    other = PLAIN.replace(b'"N"', b'"M"')
    reader, writer = await knock(local, PLAIN + other + PLAIN.replace(b"/alerts", b"/nowhere"))
    statuses = [(await answer(reader))[0] for _ in range(3)]
    writer.close()
    assert (statuses, [alert.summary for alert in local.desk.taken]) == ([202, 202, 404], ["N", "M"])


async def test_a_connection_takes_both_paths_in_turn(local: Site, full_path: list[str]) -> None:
    reader, writer = await knock(local)
    for sent in (PLAIN, PLAIN.replace(b"/alerts", b"/alerts/"), PLAIN):
        writer.write(sent)
        assert (await answer(reader))[0] == 202
    writer.close()
    assert full_path == ["/alerts"]


async def test_whoever_may_not_post_is_told_so(closed: Site, full_path: list[str]) -> None:
    reader, writer = await knock(closed, PLAIN)
    status, headers, _ = await answer(reader)
    writer.close()
    assert (status, headers[b"www-authenticate"], closed.desk.calls) == (401, b"bearer", 0)
    assert full_path == ["/alerts"]


async def test_a_sender_that_leaves_before_its_answer_harms_nobody(
    local: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Any] = []
    accept, came = local.desk.accept, asyncio.Event()

    def slowly(alerts: Sequence[Alert], complaints: Sequence[str], tell: Any) -> None:
        waiting.append((alerts, complaints, tell))
        came.set()

    monkeypatch.setattr(local.desk, "accept", slowly)
    _, writer = await knock(local, PLAIN)
    await came.wait()
    writer.transport.abort()
    with suppress(ConnectionError):
        await writer.wait_closed()
    monkeypatch.undo()
    accept(*waiting.pop())
    assert (await local.client.post("/alerts", content=ALERT)).status_code == 202
