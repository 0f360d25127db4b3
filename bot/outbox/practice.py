"""The practice OpenVine of the drill that is being played: where its steps, looks and reads go. It opens no socket.

Whatever address a request has, it is answered in here: what lies under OPENVINE_API_URL and the CDN's two addresses by the same
models as in the sandbox, anything else by a 404 that says so. How it is, is worked out from the drill's row; a change is written
down before it is answered, so that it outlives a kill. There may be several of it: none overwrites what another changed.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from starlette.routing import Router

from bot.context import Context
from bot.drills.cdn import Cdn
from bot.drills.drill import Drill
from bot.drills.openvine import OpenVine
from bot.drills.openvine_api import OpenVineServer
from bot.drills.world import broken_at, kept, state_at
from bot.ground.clock import FrozenClock
from bot.store import Tx, drills
from bot.usecases.desk import Desk
from bot.usecases.drills import keep_world

PLACES = {"CDN_TEST_URL": "/cdn/test-video.mp4", "CDN_STATUS_URL": "/cdn-status/api/status"}
"""Where the models answer what these settings stand for."""


class Practice(httpx.AsyncBaseTransport):
    """Answers what a client asks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        variables = self._desk.context.variables
        path = place_of(str(request.url), variables)
        token = variables.get("OPENVINE_API_TOKEN", "")
        while True:
            drill = await self._desk.look(_last)
            if drill is None or path is None:
                return httpx.Response(
                    404, json={"error": "nothing of this address is there in a drill"}, request=request
                )
            if (answer := await self._answered(drill, request, path, token)) is not None:
                return answer

    async def _answered(self, drill: Drill, request: httpx.Request, path: str, token: str) -> httpx.Response | None:
        """None if what it changes was changed meanwhile, by whatever process: it did nothing then, and is asked anew."""
        at, changed = self._desk.clock.now(), list[OpenVine]()
        broken, still = broken_at(drill, at), FrozenClock(at)
        server = OpenVineServer(
            folder=None, faults=broken, clock=still, token=token, changed=lambda: changed.append(server.state)
        )
        server.state = state_at(drill, at)
        app = Router([*server.routes(), *Cdn(broken, still).routes()])
        body = await request.aread()
        inside = httpx.Request(request.method, f"http://practice{path}", headers=_headers(request), content=body)
        answer = await httpx.ASGITransport(app).handle_async_request(inside)
        if changed and not await self._desk.do(keep_world, drill, kept(changed[-1], drill.played(at))):
            return None
        return answer


def place_of(url: str, variables: Mapping[str, str]) -> str | None:
    """Where the models answer that address; `None` where they have nothing of it."""
    for name, path in PLACES.items():
        if url == variables.get(name):
            return path
    base = variables.get("OPENVINE_API_URL", "").rstrip("/")
    return f"/openvine{url.removeprefix(base)}" if base and url.startswith(f"{base}/") else None


def _headers(request: httpx.Request) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.headers.items() if name.lower() not in ("host", "content-length")]


def _last(tx: Tx, ctx: Context) -> Drill | None:
    return drills.newest(tx.conn)
