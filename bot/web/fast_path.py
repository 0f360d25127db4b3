"""The fast path for small alert posts: from a post's last byte to the desk, and from the desk to the socket, in plain calls.

Alerts come in bursts of small posts, and what uvicorn and ASGI build for each one (a scope, a cycle, an event, a task, four
messages) costs more than reading and storing it. So a post takes this path if it is plain: its address is an alert endpoint's, its
declared length is small, and its connection is kept alive and owes no other answer. Every other request takes the full path, by
ASGI, to the same endpoint, which answers both alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from bot.web.body import LARGE
from oncall.values import dataclass

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in JSON."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()


Answer = Callable[[Reply], None]
"""Sends the answer to a post. On the loop, once."""
Take = Callable[[bytes, Answer], None]
"""Takes a whole body; the answer is given once all of it is on disk, or where it is refused. Never raises."""


class Door(Protocol):
    """An endpoint that takes posts of one kind (a door: see `bot/README.md`)."""

    def admits(self, scope: Scope) -> Take | None:
        """How to take this client's post, judged by its head alone; `None` if it may not post here: the full path tells it so."""
        ...

    def left(self) -> None:
        """A sender disconnected before its body was complete."""
        ...


class Carrier(Protocol):
    """What a post needs of the connection it came by."""

    transport: asyncio.Transport
    server_state: ServerState

    def on_post_answered(self) -> None:
        """The answer is written."""
        ...


class _NoWaiter:
    """Stands in for uvicorn's event: on this path nobody waits for a message."""

    def set(self) -> None: ...


class Post:
    """One post on its way. It stands in for uvicorn's request cycle on its connection, and has the attributes uvicorn asks for."""

    __slots__ = ("_connection", "_take", "body", "disconnected", "door", "keep_alive", "response_complete")
    message_event = _NoWaiter()

    def __init__(self, door: Door, take: Take, connection: Carrier) -> None:
        self.door, self._take, self._connection = door, take, connection
        self.body = b""
        self.keep_alive = True
        self.disconnected = self.response_complete = False

    def complete(self) -> None:
        self._take(self.body, self._answer)

    def _answer(self, reply: Reply) -> None:
        self.response_complete = True
        connection = self._connection
        if self.disconnected or connection.transport.is_closing():
            return
        connection.transport.write(_written(reply, connection.server_state.default_headers, keep=self.keep_alive))
        if not self.keep_alive:
            connection.transport.close()
        connection.on_post_answered()


def is_plain(method: bytes, headers: Iterable[Header]) -> bool:
    """Whether this is a POST whose body is small and of a declared length."""
    length = b""
    for name, value in headers:
        if name == b"content-length":
            length = value
        elif name in (b"transfer-encoding", b"expect", b"upgrade"):
            return False
    return method == b"POST" and length.isdigit() and int(length[:20]) <= LARGE


def _written(reply: Reply, headers: Iterable[Header], *, keep: bool) -> bytes:
    parts = [STATUS_LINE[reply.status]]
    for name, value in (*headers, *reply.headers):
        parts += (name, b": ", value, b"\r\n")
    if not keep:
        parts.append(b"connection: close\r\n")
    length = str(len(reply.body)).encode()
    parts += (b"content-type: application/json\r\ncontent-length: ", length, b"\r\n\r\n", reply.body)
    return b"".join(parts)
