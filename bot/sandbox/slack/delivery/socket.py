"""Socket Mode: up to ten websockets, each payload to one of them (https://docs.slack.dev/apis/events-api/using-socket-mode).

A URL from `apps.connections.open` works once. A payload counts as delivered when its envelope id comes back.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from uuid import uuid4

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bot.sandbox.slack.delivery.ack import UNREACHABLE, Ack, Retry, Sort
from bot.sandbox.slack.values import JSON
from oncall.values import dataclass, field

MOST_CONNECTIONS = 10
GRACE_S = 3.0
_TIMED_OUT = Ack(error="operation_timeout", reason="timeout")


@dataclass(eq=False, slots=True)
class _Link:
    socket: WebSocket
    waiting: dict[str, asyncio.Future[JSON]] = field(default_factory=dict)


class SocketLine:
    """All websockets of one app."""

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id
        self._tickets: set[str] = set()
        self._links: list[_Link] = []
        self._turn = 0
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        return len(self._links)

    def ticket(self) -> str:
        """A new secret for one connection."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, socket: WebSocket) -> None:
        """Serve one websocket until it ends."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(1008)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        if len(self._links) >= MOST_CONNECTIONS:
            await socket.send_text(_goodbye("too_many_websockets"))
            await _close(socket, 1000)
            return
        link = _Link(socket)
        self._links.append(link)
        try:
            await self._hello(link)
            await self._listen(link)
        finally:
            self._forget(link)

    async def _hello(self, link: _Link) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self._links),
            "debug_info": {"host": "applink-sandbox", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._app_id},
        }
        with suppress(WebSocketDisconnect, RuntimeError):
            await link.socket.send_text(orjson.dumps(hello).decode())

    async def _listen(self, link: _Link) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                try:
                    answer = orjson.loads(await link.socket.receive_text())
                except orjson.JSONDecodeError:
                    continue
                waiting = link.waiting.pop(str(answer.get("envelope_id")), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer.get("payload") or {})

    def _forget(self, link: _Link) -> None:
        if link in self._links:
            self._links.remove(link)
        for waiting in link.waiting.values():
            waiting.cancel()

    async def send(self, sort: Sort, payload: JSON, retry: Retry | None, timeout: float) -> Ack:  # noqa: ASYNC109
        if not self._links:
            return UNREACHABLE
        self._turn += 1
        link = self._links[self._turn % len(self._links)]
        envelope_id = str(uuid4())
        envelope: JSON = {
            "envelope_id": envelope_id,
            "type": sort,
            "payload": payload,
            "accepts_response_payload": sort != "events_api",
        }
        if sort == "events_api":
            envelope |= {"retry_attempt": retry.number if retry else 0, "retry_reason": retry.reason if retry else ""}
        waiting: asyncio.Future[JSON] = asyncio.get_running_loop().create_future()
        link.waiting[envelope_id] = waiting
        try:
            await link.socket.send_text(orjson.dumps(envelope).decode())
            await asyncio.wait({waiting}, timeout=timeout)
            return Ack(payload=waiting.result()) if waiting.done() and not waiting.cancelled() else _TIMED_OUT
        except (WebSocketDisconnect, RuntimeError):
            self._forget(link)
            return UNREACHABLE
        finally:
            link.waiting.pop(envelope_id, None)

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every client to reconnect on a new websocket, as Slack does every few hours."""
        links, self._links = self._links, []
        await asyncio.gather(*(self._retire(link, reason) for link in links))

    async def _retire(self, link: _Link, reason: str) -> None:
        """Send nothing more, but still accept acknowledgements that are under way."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await link.socket.send_text(_goodbye(reason))
        if link.waiting:
            await asyncio.wait(set(link.waiting.values()), timeout=GRACE_S)
        await _close(link.socket, 1000)

    def drop(self) -> None:
        """Close every websocket without notice, as an outage does."""
        for link in list(self._links):
            self._forget(link)
            closing = asyncio.get_running_loop().create_task(_close(link.socket, 1011))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def dropped(self) -> None:
        """Wait until all dropped websockets are closed."""
        await asyncio.gather(*self._closing)


def _goodbye(reason: str) -> str:
    return orjson.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}).decode()


async def _close(socket: WebSocket, code: int) -> None:
    if socket.application_state is WebSocketState.CONNECTED:
        with suppress(WebSocketDisconnect, RuntimeError):
            await socket.close(code)
