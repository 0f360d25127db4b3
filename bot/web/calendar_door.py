"""`GET /oncall.ics?token=[&person=]`: the rota for people's calendars, which can send no header.

Calendars read it every few hours at best, some once a day; nobody should rely on it for a swap of the same day, and it says so.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.web.answers import refusal
from bot.web.guard import Guard
from bot.web.ports import Rota


class CalendarDoor:
    """Lets in whoever knows one of the CALENDAR_TOKENS; without any, this machine alone."""

    def __init__(self, rota: Rota, guard: Guard) -> None:
        self._rota, self._guard = rota, guard

    async def calendar(self, request: Request) -> Response:
        refused = self._guard.query_refusal(request.scope, request.query_params.get("token"))
        if refused is not None:
            raise HTTPException(401, refused)
        person = request.query_params.get("person") or None
        found = await self._rota.calendar(person)
        if found is None:
            return refusal(404, "Nobody in `people` of bot.yml has that address. Leave `person` out for everybody.")
        headers = {"Cache-Control": "private, max-age=300", "Content-Disposition": 'inline; filename="oncall.ics"'}
        return Response(found, headers=headers, media_type="text/calendar; charset=utf-8")
