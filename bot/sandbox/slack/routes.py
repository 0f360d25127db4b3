"""The workspace over HTTP: `/slack/*` for the app, `/world/slack/*` for people. It only translates; every rule is elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from bot.reports.html import body_of, page
from bot.sandbox.slack import hooks
from bot.sandbox.slack.answers import Answer
from bot.sandbox.slack.api import Incoming, call
from bot.sandbox.slack.methods.files import receive as receive_file
from bot.sandbox.slack.people import people_routes
from bot.sandbox.slack.values import JSON, SlackError
from bot.sandbox.slack.workspace import Workspace

_JSON = "application/json; charset=utf-8"
_FORM = "application/x-www-form-urlencoded"


def slack_app(workspace: Workspace) -> list[BaseRoute]:
    """Every route of the local Slack, with full paths, to be mounted at the root."""
    return [
        Route("/slack/api/{method}", _Api(workspace), methods=["GET", "POST"]),
        WebSocketRoute("/slack/socket", _socket(workspace)),
        Route("/slack/response/{token}", _response(workspace), methods=["POST"]),
        Route("/slack/upload/{file}", _upload(workspace), methods=["POST"]),
        Route("/slack/files/{file}/{name}", _download(workspace)),
        Route("/docs/{team}/{canvas}", _canvas(workspace)),
        Route("/archives/{channel}/{place}", _permalink),
        *people_routes(workspace),
    ]


class _Api:
    """An ASGI endpoint, because a fault may close the connection instead of answering."""

    def __init__(self, world: Workspace) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        faults = self._world.faults
        if faults.slack_down:
            await Response("upstream unavailable", 503)(scope, receive, send)
            return
        incoming = await _incoming(request)
        struck = faults.concerns(incoming.method)
        if struck and faults.close == "before":
            await _hang_up(receive)
            return
        _learn_base(self._world, request)
        answer = call(self._world, incoming)
        if answer.closed or (struck and faults.close == "after"):
            await _hang_up(receive)
            return
        if struck and faults.hang:
            await asyncio.sleep(faults.hang)
        await _reply(answer)(scope, receive, send)


def _reply(answer: Answer) -> Response:
    media = answer.headers.get("Content-Type", _JSON)
    return Response(
        orjson.dumps(answer.body) if answer.raw is None else answer.raw, answer.status, answer.headers, media
    )


def _learn_base(world: Workspace, request: Request) -> None:
    if not world.base_url:
        world.base_url = str(request.base_url).rstrip("/")


async def _hang_up(receive: Receive) -> None:
    """Close the connection without a byte of an answer. Only the server itself has it: uvicorn's `receive` is a method of its
    object."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("the fault 'close' needs uvicorn")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _incoming(request: Request) -> Incoming:
    """The call. Its token is in the header or in a form field, never in the query or in JSON."""
    method = request.path_params["method"]
    header = request.headers.get("authorization", "")
    token = header.removeprefix("Bearer ").strip() or None
    query: JSON = dict(request.query_params)
    query.pop("token", None)
    body = await request.body()
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.method == "GET" or not body:
        return Incoming(method, token, query)
    if kind == "application/json":
        return _json_call(method, token, query, body, request.headers["content-type"])
    if kind in (_FORM, "multipart/form-data"):
        try:
            form = query | (_multipart(request, body) if kind != _FORM else _form(body))
        except UnicodeDecodeError:
            return Incoming(method, token, query, fault="invalid_form_data")
        return Incoming(
            method, token or form.pop("token", None), {name: value for name, value in form.items() if name != "token"}
        )
    return Incoming(method, token, query, fault="invalid_post_type" if kind else "missing_post_type")


def _json_call(method: str, token: str | None, query: JSON, body: bytes, content_type: str) -> Incoming:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Incoming(method, token, query, fault="invalid_json")
    if not isinstance(value, dict):
        return Incoming(method, token, query, fault="json_not_object")
    value.pop("token", None)
    warning = None if "charset" in content_type.lower() else "missing_charset"
    return Incoming(method, token, query, value, warning=warning)


def _form(body: bytes) -> JSON:
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def _multipart(request: Request, body: bytes) -> JSON:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    fields: JSON = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = content if part.get_filename() else content.decode()
    return fields


Endpoint = Callable[[Request], Awaitable[Response]]


def _socket(world: Workspace) -> Callable[[WebSocket], Awaitable[None]]:
    async def endpoint(socket: WebSocket) -> None:
        if world.faults.slack_down:
            await socket.close(1013)
            return
        with suppress(asyncio.CancelledError):
            await world.socket.serve(socket)

    return endpoint


def _response(world: Workspace) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if world.faults.slack_down:
            return Response("upstream unavailable", 503)
        try:
            hooks.use(world, request.path_params["token"], _payload(await request.body()))
        except SlackError as error:
            return _reply(Answer(error.body(), 404 if error.code in ("expired_url", "used_url") else 400))
        return _reply(Answer({"ok": True}))

    return endpoint


def _payload(body: bytes) -> JSON:
    """JSON, or a form with it in `payload`."""
    text = body if body.lstrip().startswith(b"{") else dict(parse_qsl(body.decode())).get("payload", "")
    try:
        value: JSON = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise SlackError("invalid_payload") from None
    return value


def _upload(world: Workspace) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            body = next((one for one in _multipart(request, body).values() if isinstance(one, bytes)), b"")
        ok = receive_file(world, request.path_params["file"], body)
        return Response(f"OK - {len(body)}" if ok else "not expected here", 200 if ok else 400)

    return endpoint


def _download(world: Workspace) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        content = world.state.contents.get(request.path_params["file"])
        if content is None:
            return Response("no such file", 404)
        name = request.path_params["name"].lower()
        kinds = {".png": "image/png", ".txt": "text/plain", ".md": "text/plain", ".json": "application/json"}
        media = next((kind for ending, kind in kinds.items() if name.endswith(ending)), "application/octet-stream")
        return Response(bytes.fromhex(content), media_type=media, headers={"x-content-type-options": "nosniff"})

    return endpoint


def _canvas(world: Workspace) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        found = world.state.canvases.get(request.path_params["canvas"])
        if found is None:
            return Response("no such canvas", 404)
        return Response(page(found.title, body_of(found.markdown)), media_type="text/html")

    return endpoint


async def _permalink(request: Request) -> Response:
    """A permalink opens the page at that message."""
    digits = request.path_params["place"].removeprefix("p")
    thread = request.query_params.get("thread_ts")
    place = f"/?channel={request.path_params['channel']}&ts={digits[:-6]}.{digits[-6:]}"
    return RedirectResponse(f"{place}&thread={thread}" if thread else place)
