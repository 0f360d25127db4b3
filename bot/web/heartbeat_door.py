"""`/heartbeat/NAME`: a job says that it lives, by calling this address when it is done. A 200 means that it was written down."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import UserError
from bot.web.answers import answer, refusal
from bot.web.guard import CHALLENGE, Guard
from bot.web.ports import Beats

PATH = "/heartbeat/{name}"


class HeartbeatDoor:
    """Whoever may post alerts may call; what is called with is not read."""

    def __init__(self, beats: Beats, guard: Guard) -> None:
        self._beats, self._guard = beats, guard

    async def beat(self, request: Request) -> Response:
        if refused := self._guard.refusal(request.scope):
            raise HTTPException(401, refused, CHALLENGE)
        name = request.path_params["name"]
        try:
            due_at = await self._beats.beat(name)
        except UserError as why:
            return refusal(404, f"{why} Nothing was taken.")
        return answer({"heartbeat": name, "next_by": due_at})
