"""The world's JSON routes for the page: what is broken, which pages rang, which mails came, and the clock's controls.

A request that it cannot read is refused with 400 and a text that says what to send; the page shows that text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.alertmanager import go_time
from bot.sandbox.faults import BY_ID, FAULTS
from bot.sandbox.jump import OTHERWISE, ahead
from bot.sandbox.live import events
from bot.sandbox.world import World
from oncall.values import asdict

LONGEST_JUMP_S = 31 * 86_400
DEFAULT_JUMP_S = 300


class BadRequestError(Exception):
    """The page sent something that cannot be done. The text says what can."""


def world_routes(world: World) -> list[BaseRoute]:
    """`/world/*`, without `/world/slack/*`, which belongs to the Slack."""
    page = _Page(world)
    return [
        Route("/world/state", _answering(page.state)),
        Route("/world/pages", _answering(page.pages)),
        Route("/world/mails", _answering(page.mails)),
        Route("/world/sms", _answering(page.sms)),
        Route("/world/fault", _answering(page.fault), methods=["POST"]),
        Route("/world/jump", _answering(page.jump), methods=["POST"]),
        Route("/world/pagerduty", _answering(page.pagerduty), methods=["POST"]),
        Route("/world/events", page.events),
    ]


class _Page:
    def __init__(self, world: World) -> None:
        self._world = world

    async def state(self, _request: Request) -> dict[str, Any]:
        world = self._world
        gauges = world.openvine.gauges()
        return {
            "clock": await self._clock(),
            "openvine": world.openvine.panel(),
            "alerts": world.alerting.rows(gauges),
            "faults": [asdict(fault) | {"on": world.faults.on(fault.id)} for fault in FAULTS],
            "people": [{"email": email, "name": name} for email, name in world.people],
            "bot": asdict(world.bot_status()),
            "rota": await world.rota(),
            "progress": await world.progress(),
        }

    async def _clock(self) -> dict[str, Any]:
        now = self._world.clock.now()
        shown = [
            {"at": go_time(at), "in_s": round((at - now).total_seconds(), 1), "what": what}
            for at, what in await ahead(self._world, self._world.deadlines)
        ]
        return {
            "now": go_time(now),
            "offset_s": round(self._world.offset_s, 3),
            "next_deadline": shown[0] if shown else None,
            "otherwise_s": OTHERWISE.total_seconds(),
        }

    async def pages(self, _request: Request) -> dict[str, Any]:
        return {"pages": self._world.pagerduty.shown()}

    async def mails(self, _request: Request) -> dict[str, Any]:
        return {"mails": self._world.mailbox.shown()}

    async def sms(self, _request: Request) -> dict[str, Any]:
        return {"messages": self._world.phones.shown()}

    async def fault(self, request: Request) -> dict[str, Any]:
        wanted = await _object(request)
        fault, on = wanted.get("id"), wanted.get("on")
        if fault not in BY_ID:
            raise BadRequestError(f"there is no fault “{str(fault)[:40]}”: there are {', '.join(BY_ID)}")
        if not isinstance(on, bool):
            raise BadRequestError("“on” must be true or false")
        self._world.switch(str(fault), on)
        return {"ok": True}

    async def jump(self, request: Request) -> dict[str, Any]:
        by = _distance(await _object(request))
        fired = await self._world.jump(by)
        return {"ok": True, "now": go_time(self._world.clock.now()), "fired": fired}

    async def pagerduty(self, request: Request) -> dict[str, Any]:
        """Somebody presses something on the phone: {"dedup_key", "action", "who", "to", "text"}."""
        wanted = {name: str(value) for name, value in (await _object(request)).items()}
        try:
            self._world.pagerduty.press(
                wanted.get("dedup_key", ""),
                wanted.get("action", ""),
                wanted.get("who", ""),
                to=wanted.get("to", ""),
                text=wanted.get("text", ""),
            )
        except LookupError as why:
            raise BadRequestError(str(why)) from None
        await self._world.pagerduty.quiet()
        return {"ok": True}

    async def events(self, request: Request) -> Response:
        return events(request, self._world.hub, self._world.closing)


def _distance(wanted: dict[str, Any]) -> timedelta | None:
    """How far to jump; `None` means to the next thing that happens."""
    if wanted.get("to") == "next":
        return None
    seconds = wanted.get("seconds", DEFAULT_JUMP_S)
    if wanted.get("to") != "seconds" or isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise BadRequestError('write {"to": "next"} or {"to": "seconds", "seconds": 300}')
    if not 0 < seconds <= LONGEST_JUMP_S:
        raise BadRequestError("a jump goes forward, by at most 31 days")
    return timedelta(seconds=seconds)


def _answering(act: Callable[[Request], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await act(request), headers={"Cache-Control": "no-store"})
        except BadRequestError as mistake:
            return JSONResponse({"ok": False, "error": str(mistake)}, 400)

    return endpoint


async def _object(request: Request) -> dict[str, Any]:
    try:
        found = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise BadRequestError("the body must be a JSON object")
    return found
