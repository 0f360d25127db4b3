"""Alertmanager's API v2 beside the posting of alerts, so that amtool, Grafana and karma can ask us as if we were one.

Reading needs what posting alerts needs, or a token of SILENCE_TOKENS; writing silences needs one of those. Refuses whoever only
sends alerts: a system that fires must not be able to silence itself. Errors are JSON texts, as the real one's are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from re import Pattern
from typing import Any
from uuid import UUID

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.errors import UserError
from bot.matching import Matcher, expression, matcher, read_matchers
from bot.usecases.alertmanager import NoSuchSilence, Wanted
from bot.web.answers import answer
from bot.web.guard import CHALLENGE, SilenceGuard
from bot.web.ports import Alertmanager
from bot.web.unverified_bodies import UnverifiedBodies

Endpoint = Callable[[Request], Awaitable[Response]]
SPOKEN = "0.25.0"
"""The Alertmanager whose API this is: amtool warns where it is not its own version, karma asks for 0.22 at least."""
LIMIT = 64 * 1024
LONGEST = {"createdBy": 200, "comment": 2_000}
MOST_MATCHERS = 100


class AlertmanagerDoor:
    """Reads what is asked, hands it over, answers as an Alertmanager does."""

    def __init__(self, alertmanager: Alertmanager, guard: SilenceGuard, since: datetime) -> None:
        self._alertmanager, self._guard, self._since = alertmanager, guard, since
        self._unverified = UnverifiedBodies(8 * LIMIT)

    def routes(self) -> list[Route]:
        served: tuple[tuple[str, str, Endpoint], ...] = (
            ("GET", "/api/v2/status", self.status),
            ("GET", "/api/v2/receivers", self.receivers),
            ("GET", "/api/v2/alerts", self.alerts),
            ("GET", "/api/v2/alerts/groups", self.groups),
            ("GET", "/api/v2/silences", self.silences),
            ("POST", "/api/v2/silences", self.put_silence),
            ("GET", "/api/v2/silence/{id}", self.silence),
            ("DELETE", "/api/v2/silence/{id}", self.expire),
        )
        return [Route(path, _in_its_words(endpoint), methods=[method]) for method, path, endpoint in served]

    async def status(self, request: Request) -> Response:
        self._reads(request)
        name, version = await self._alertmanager.about()
        config = (
            f"route:\n  receiver: {orjson.dumps(name).decode()}\nreceivers:\n- name: {orjson.dumps(name).decode()}\n"
        )
        ours = dict.fromkeys(("branch", "buildDate", "buildUser", "goVersion"), "incident-bot") | {"revision": version}
        return answer(
            {
                "cluster": {"status": "disabled", "peers": []},
                "config": {"original": config},
                "uptime": self._since.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                "versionInfo": {"version": SPOKEN, **ours},
            }
        )

    async def receivers(self, request: Request) -> Response:
        self._reads(request)
        name, _ = await self._alertmanager.about()
        return answer([{"name": name}])

    async def alerts(self, request: Request) -> Response:
        self._reads(request)
        return answer(await self._alertmanager.alerts(_wanted(request)))

    async def groups(self, request: Request) -> Response:
        self._reads(request)
        return answer(await self._alertmanager.groups(_wanted(request)))

    async def silences(self, request: Request) -> Response:
        self._reads(request)
        return answer(await self._alertmanager.silences(_filters(request)))

    async def silence(self, request: Request) -> Response:
        self._reads(request)
        return answer(await self._alertmanager.silence(_id(request.path_params["id"])))

    async def put_silence(self, request: Request) -> Response:
        self._writes(request)
        posted = _posted(await self._unverified.body(request, LIMIT))
        return answer({"silenceID": await self._alertmanager.put_silence(*posted)})

    async def expire(self, request: Request) -> Response:
        self._writes(request)
        await self._alertmanager.expire(_id(request.path_params["id"]))
        return Response(status_code=200)

    def _reads(self, request: Request) -> None:
        if (refused := self._guard.refusal(request.scope)) is not None:
            raise HTTPException(401, refused, CHALLENGE)

    def _writes(self, request: Request) -> None:
        if (refused := self._guard.write_refusal(request.scope)) is not None:
            status, why = refused
            raise HTTPException(status, why, CHALLENGE if status == 401 else None)


def _in_its_words(endpoint: Endpoint) -> Endpoint:
    """What is refused is answered with a JSON text, as the real one's clients read it."""

    async def answering(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NoSuchSilence as refused:
            return answer(str(refused), 404)
        except (UserError, ValueError) as refused:
            return answer(str(refused), 400)

    return answering


def _wanted(request: Request) -> Wanted:
    flags = {name: request.query_params.get(name, "true") != "false" for name in ("active", "silenced", "inhibited")}
    named = request.query_params.get("receiver")
    return Wanted(_filters(request), **flags, receiver=_receiver(named) if named else None)


def _receiver(text: str) -> Pattern[str]:
    try:
        return expression(text)
    except ValueError as error:
        raise ValueError(f"failed to parse receiver param: {error}") from None


def _filters(request: Request) -> tuple[Matcher, ...]:
    found: list[Matcher] = []
    for text in request.query_params.getlist("filter"):
        matchers, rest = read_matchers(text)
        if rest or not matchers:
            raise ValueError(f"bad matcher format: {text[:80]}")
        found += matchers
    return tuple(found)


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NoSuchSilence("silenceID in path must be of type uuid") from None


Posted = tuple[tuple[Matcher, ...], datetime, datetime, str, str, str]
"""Matchers, from when, until when, by whom, why, and the id of the silence that is changed by it."""


def _posted(raw: bytes) -> Posted:
    """A `postableSilence`. Raises `ValueError` with a sentence."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise ValueError("the body is not an object")
    matchers = body.get("matchers")
    if not isinstance(matchers, list) or not 0 < len(matchers) <= MOST_MATCHERS:
        raise ValueError("matchers in body should have at least 1 items")
    silence_id = _id(_text(body, "id")) if body.get("id") else ""
    by, comment = (_text(body, name)[:limit] for name, limit in LONGEST.items())
    return tuple(map(_matcher, matchers)), _instant(body, "startsAt"), _instant(body, "endsAt"), by, comment, silence_id


def _matcher(said: object) -> Matcher:
    if not isinstance(said, dict):
        raise ValueError("a matcher is an object with name and value")
    regex, equal = said.get("isRegex", False), said.get("isEqual")
    operator = ("=~" if regex else "=") if equal is not False else ("!~" if regex else "!=")
    return matcher(_text(said, "name"), operator, _text(said, "value"))  # type: ignore[arg-type]


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} in body is required")
    return value


def _instant(body: Mapping[str, Any], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(_text(body, name))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} in body must be of type date-time") from None
