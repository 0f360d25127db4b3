"""Incidents as JSON, for scripts. Reads only."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.incidents import number_from
from bot.web.answers import answer, refusal
from bot.web.guard import CHALLENGE, Guard
from bot.web.ports import Reader

STATES = ("triggered", "acknowledged", "monitoring", "resolved", "open")
"""What `?state=` may be; `open` stands for all but `resolved`."""
DEFAULT_LIMIT, MOST = 100, 1_000


class Api:
    """The endpoints under `/api/incidents`."""

    def __init__(self, reader: Reader, guard: Guard) -> None:
        self._reader, self._guard = reader, guard

    async def incidents(self, request: Request) -> Response:
        self._let_in(request)
        state = request.query_params.get("state") or None
        if state is not None and state not in STATES:
            return refusal(400, f"`state` is one of {', '.join(STATES)}. Leave it out for all incidents.")
        limit = _limit(request.query_params.get("limit"))
        if limit is None:
            return refusal(400, f"`limit` is a whole number from 1 to {MOST}.")
        return answer({"incidents": await self._reader.incidents(state, limit)})

    async def incident(self, request: Request) -> Response:
        self._let_in(request)
        number = _number(request)
        found = await self._reader.incident(number) if number is not None else None
        return answer(found) if found is not None else _unknown()

    async def timeline(self, request: Request) -> Response:
        self._let_in(request)
        number = _number(request)
        found = await self._reader.timeline(number) if number is not None else None
        return answer(found) if found is not None else _unknown()

    def _let_in(self, request: Request) -> None:
        refused = self._guard.refusal(request.scope)
        if refused is not None:
            raise HTTPException(401, refused, CHALLENGE)


def _unknown() -> Response:
    return refusal(404, "There is no such incident. `GET /api/incidents` lists them.")


def _number(request: Request) -> int | None:
    """The number in the path, if it can be an incident's or a run's at all."""
    word = request.path_params["number"]
    return number_from(word) if word[:1] != "#" else None


def _limit(text: str | None) -> int | None:
    number = DEFAULT_LIMIT if text is None else _whole(text)
    return number if number is not None and 1 <= number <= MOST else None


def _whole(text: str) -> int | None:
    """A number that fits the database; nothing for `-1`, `1.5`, `٣` or a thousand digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
