"""Limits on client connections: how long one may stay unfinished, how many there may be, how large a request's head may get.

uvicorn times only the pause between two requests, so a thousand silent connections would shut out every alert. Here each client
that still owes us a part of its request has a deadline for it, and when there are too many connections, the one that has owed the
longest is closed. How large a body may be is decided by the endpoint that reads it.
"""

from __future__ import annotations

import asyncio
import math
import resource
from collections.abc import Iterable, Mapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.web.fast_path import Door, Post, Take, is_plain

HEAD_WITHIN_S = 10.0
"""From the connection, or the last answer, to the last byte of a request's head."""
BODY_WITHIN_S = 60.0
"""From there to the last byte of its body."""
HEAD_LIMIT = 64 * 1024
HEAD_TOO_LARGE = f"The head of this request is larger than {HEAD_LIMIT // 1024} KiB. Nothing was done."
MOST = 4_096
"""Connections at a time, where the system allows as many files."""
FILES = 16_384
"""Open files we should like to be allowed; half of what we get is for connections, the rest for everything else."""
OUR_TURN = math.inf
NO_DOORS: Mapping[bytes, Door] = {}


class Connection(HttpToolsProtocol):
    """One client. `owes_until` is the loop's time by which it must have sent the rest of its request, `owes_since` when that began.

    `doors`: by their address, where plain posts take the fast path.
    """

    def __init__(self, *args: Any, most: int = MOST, doors: Mapping[bytes, Door] = NO_DOORS, **named: Any) -> None:
        super().__init__(*args, **named)
        self._most, self._doors = most, doors
        self._head = 0
        self._in_head = True
        self._coming: Post | None = None
        """What comes in by the fast path."""
        self.owes_until = OUR_TURN
        self.owes_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._owe(HEAD_WITHIN_S)
        if len(self.connections) > self._most:
            _longest_owing(self.connections, self).leave()

    def data_received(self, data: bytes) -> None:
        self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > HEAD_LIMIT and not self.transport.is_closing():
            self.send_400_response(HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Without a scope: the fast path needs none, and the full path has it made (`on_headers_complete`)."""
        self.url, self.expect_100_continue, self.headers = b"", False, []

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._owe(BODY_WITHIN_S)
        door = self._doors.get(self.url)
        if door is not None and (take := self._on_the_fast_path(door)) is not None:
            self.cycle = self._coming = Post(door, take, self)  # type: ignore[assignment]
        else:
            self._make_scope()
            super().on_headers_complete()

    def _make_scope(self) -> None:
        url, expects, headers = self.url, self.expect_100_continue, self.headers
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers  # the scope has this very list

    def _on_the_fast_path(self, door: Door) -> Take | None:
        if not (self.cycle is None or self.cycle.response_complete) or self.flow.write_paused:
            return None
        lasting = self.parser.get_http_version() == "1.1" and self.parser.should_keep_alive()
        plain = lasting and is_plain(self.parser.get_method(), self.headers)
        return door.admits({"client": self.client, "headers": self.headers}) if plain else None

    def on_body(self, body: bytes) -> None:
        if self._coming is not None:
            self._coming.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head, self._head = True, 0
        if (post := self._coming) is not None:
            self._coming, self.owes_until = None, OUR_TURN
            post.complete()
            return
        if self.cycle is not None and self.cycle.response_complete:  # refused before its body was read
            self._owe(HEAD_WITHIN_S)
        else:
            self.owes_until = OUR_TURN
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self.owes_until == OUR_TURN and not self.pipeline:
            self._owe(HEAD_WITHIN_S)
        super().on_response_complete()

    def on_post_answered(self) -> None:
        """The answer of the fast path is written. Where nothing else waits the next head is owed, and no timer is set for that."""
        if self.pipeline or self.flow.read_paused:
            self.on_response_complete()
            return
        self.server_state.total_requests += 1
        if self.owes_until == OUR_TURN:
            self._owe(HEAD_WITHIN_S)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._coming is not None:
            self._coming.door.left()
        super().connection_lost(exc)

    def leave(self) -> None:
        """Cut it off now, without waiting for a client that may not read either."""
        self.connections.discard(self)
        self.transport.abort()

    def _owe(self, seconds: float) -> None:
        self.owes_since = self.loop.time()
        self.owes_until = self.owes_since + seconds


def _longest_owing(connections: Iterable[Any], newest: Connection) -> Connection:
    """Whoever leaves where there are too many: nobody whose turn is ours, rather the one who has just come. By since when, not by
    until when: a body may take longer than a head."""
    owing = (one for one in connections if isinstance(one, Connection) and one.owes_until != OUR_TURN)
    return min(owing, key=lambda one: one.owes_since, default=newest)


def part_with_debtors(connections: Iterable[Any], now: float) -> None:
    """Cut off everybody who has owed us something for too long, by the loop's time."""
    late = [one for one in connections if isinstance(one, Connection) and one.owes_until < now]
    for one in late:
        one.leave()


def most_connections() -> int:
    """How many there may be. Raises the process's limit of open files as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return MOST if soft == resource.RLIM_INFINITY else min(MOST, soft // 2)
