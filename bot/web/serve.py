"""Runs a web app on the loop that is already running, and leaves the signals to whoever runs us."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from bot.web.connections import NO_DOORS, Connection, most_connections, part_with_debtors
from bot.web.fast_path import Door

LOOPBACK = "127.0.0.1"
TICK_S = 0.1
"""uvicorn's own: ten ticks make the second after which it renews the `Date` header."""
DEBTS_TICKS = 10
"""How many ticks between two looks at who owes us the rest of a request."""
ENDING_S = 0.005
"""How often a server that ends looks whether its connections have."""
GRACE_S = 1
"""How long open requests may go on after the stop, before they are cut, and their connections with them."""


class PortBusyError(Exception):
    """The port somebody asked for is taken. The text names it."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.ending = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            if ticks % DEBTS_TICKS == 0:
                part_with_debtors(self.server_state.connections, asyncio.get_running_loop().time())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self.ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new, let open requests end for a moment. Without uvicorn's own pause, which is paid at every stop."""
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        await asyncio.sleep(0)  # who has just been let in is a connection now
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
                    await asyncio.sleep(ENDING_S)
        for task in list(self.server_state.tasks):
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # their sockets are let go of

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # one process holds several servers: Ctrl-C is for the one who started them


def listen(port: int, *, host: str = LOOPBACK, tries: int = 1) -> socket.socket:
    """A listening socket: `port`, or one of the next `tries` - 1; 0 takes any. Raises `PortBusyError`."""
    for candidate in range(port, port + tries):
        # With the protocol named: asyncio turns Nagle's algorithm off only where it reads IPPROTO_TCP.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        ours = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            ours.bind((host, candidate))
            ours.listen(2048)
        except OSError:
            ours.close()
            continue
        ours.setblocking(False)
        return ours
    raise PortBusyError(f"port {port} is busy on {host}: choose another one, or stop what listens there")


def port_of(ours: socket.socket) -> int:
    port: int = ours.getsockname()[1]
    return port


@asynccontextmanager
async def served(
    app: ASGIApp, ours: socket.socket | None = None, *, websockets: bool = True, most: int | None = None
) -> AsyncIterator[str]:
    """Serve `app` for as long as the block lasts; yields its URL without a last slash.

    `websockets`: whether it has any. `most`: connections at a time, where not as many as the system allows. Where the app has
    `doors`, plain posts to these go by the fast path.
    """
    doors: Mapping[bytes, Door] = getattr(app, "doors", NO_DOORS)
    ours = ours or listen(0)
    config = uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", partial(Connection, most=most or most_connections(), doors=doors)),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        ws="websockets-sansio" if websockets else "none",
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[ours]))
    try:
        await server.ready.wait()
        yield f"http://{LOOPBACK}:{port_of(ours)}"
    finally:
        server.should_exit = True
        server.ending.set()
        await serving
