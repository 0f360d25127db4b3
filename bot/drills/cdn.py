"""The practice CDN that the videos come from, and its status page: what the load-failure procedure probes.

It answers according to the switches `cdn_down` and `load_failures`.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.drills.openvine import Broken
from bot.ground.clock import Clock

_VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
"""The first box of an MP4 file: enough to be recognised as one."""


class Cdn:
    """`/cdn/test-video.mp4` (GET, HEAD) and `/cdn-status/api/status`."""

    def __init__(self, faults: Broken, clock: Clock) -> None:
        self._faults, self._clock = faults, clock

    def routes(self) -> list[BaseRoute]:
        return [Route("/cdn/test-video.mp4", self._video), Route("/cdn-status/api/status", self._status)]

    async def _video(self, _request: Request) -> Response:
        if self._faults.on("cdn_down"):
            return Response("no edge server available\n", 503, {"Retry-After": "30"}, "text/plain")
        if self._faults.on("load_failures"):
            return Response("URL signature expired\n", 403, media_type="text/plain")
        return Response(_VIDEO, media_type="video/mp4")

    async def _status(self, _request: Request) -> Response:
        if self._faults.on("cdn_down"):
            status = {"indicator": "critical", "description": "Major outage in all regions"}
        elif self._faults.on("load_failures"):
            status = {"indicator": "minor", "description": "Raised error rates on signed URLs"}
        else:
            status = {"indicator": "none", "description": "All systems operational"}
        updated = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return JSONResponse({"page": {"name": "Sandbox CDN", "updated_at": updated}, "status": status})
