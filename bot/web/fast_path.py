"""The short road of a small alert post: from its last byte to the desk and from the desk to the socket, as plain calls.

Alerts come in bursts of small posts, and what uvicorn and ASGI make of each (a scope, a cycle, an event, a task, four messages)
costs more than to read it and to keep it. So a post that is plain takes this road: its address is a door's, its length is
declared and small, its connection stays and owes no other answer. It refuses every other one: those go the way of all requests,
to the same door, which answers both alike.
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
    """Where posts of one kind are taken."""

    def admits(self, scope: Scope) -> Take | None:
        """How this client's post is taken, by its head alone; none if it may not post here, which it is told on the long road."""
        ...

    def left(self) -> None:
        """A sender went away before its body was complete."""
        ...


class Carrier(Protocol):
    """What a post needs of the connection it came by."""

    transport: asyncio.Transport
    server_state: ServerState

    def on_post_answered(self) -> None:
        """The answer is written."""
        ...


class _Nobody:
    """Nobody waits for a message of this road."""

    def set(self) -> None: ...


class Post:
    """One post on its way. It stands on its connection where uvicorn keeps a request's cycle, and has what uvicorn asks of one."""

    __slots__ = ("_connection", "_take", "body", "disconnected", "door", "keep_alive", "response_complete")
    message_event = _Nobody()

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
    """Whether all that is to come is a small body of a declared length."""
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
