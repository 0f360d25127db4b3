"""A network in front of PostgreSQL that can be cut: bytes are swallowed, and nobody is told.

So it looks when a firewall drops packets, a node stops or a failover is silent: connections stay open, their other end acknowledges
what it is sent, and no answer comes. A connection that has lost bytes stays dead, even when the network is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit


class Proxy:
    """Serves on loopback what a server answers on its Unix socket."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self._cut = False
        self.port = 0

    def url(self, url: str) -> str:
        """`url` (of the Unix socket) with this proxy in between."""
        found = urlsplit(url)
        user = found.username or "postgres"
        return f"{found.scheme}://{user}@127.0.0.1:{self.port}{found.path}"

    def cut(self) -> None:
        """From now on nothing arrives, in either direction."""
        self._cut = True

    def mend(self) -> None:
        """New connections are served. Earlier ones stay dead: nobody knows what they have lost."""
        self._cut = False

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stops listening and closes what is open, like a database server that was stopped."""
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.close()
        for task in self._lines:
            task.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        task.add_done_callback(self._lines.discard)
        with suppress(OSError, asyncio.CancelledError):
            there = await asyncio.open_unix_connection(self._target)
            both = (self._pass(reader, there[1]), self._pass(there[0], writer))
            self._open |= {writer, there[1]}
            try:
                await asyncio.gather(*both)
            finally:
                self._open -= {writer, there[1]}
                writer.close()
                there[1].close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dead = False
        while data := await reader.read(65536):
            dead = dead or self._cut
            if not dead:
                writer.write(data)
                await writer.drain()
        if not dead:
            writer.close()


def socket_of(url: str) -> str:
    """Where the server of a URL with `?host=FOLDER` listens."""
    return f"{parse_qs(urlsplit(url).query)['host'][0]}/.s.PGSQL.5432"


@asynccontextmanager
async def proxy(url: str) -> AsyncIterator[Proxy]:
    """A proxy in front of the server of `url`."""
    made = Proxy(socket_of(url))
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
