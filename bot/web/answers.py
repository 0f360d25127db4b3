"""How the HTTP side answers: JSON, instants in UTC with `Z`, and errors that say what happened and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Send

from bot.web.fast_path import Reply

JSON = "application/json"
CRASHED = "The bot failed on this request; its log says why. Nothing was confirmed as taken: send it again."
_SENTENCES = {
    404: "There is nothing at this address. The README lists the routes.",
    405: "This address does not take that method. The `Allow` header says which it takes.",
}


def encode(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encode(value), status, headers, JSON)


def refusal(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error. `text` is a sentence about what happened and what to do."""
    return answer({"error": text}, status, headers)


async def send_reply(send: Send, reply: Reply) -> None:
    """The same without the machinery of a `Response`, for the routes where it counts."""
    own = [(b"content-type", b"application/json"), (b"content-length", str(len(reply.body)).encode()), *reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": own})
    await send({"type": "http.response.body", "body": reply.body})


async def on_http_error(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (unknown address, wrong method), and ours, in our words."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
    text = _SENTENCES.get(error.status_code, error.detail)
    return refusal(error.status_code, text, error.headers)


RETRY_AFTER_S = 5


async def on_unavailable(request: Request, error: Exception) -> Response:
    """The bot cannot answer now and will soon. 503, never 429: Alertmanager and Datadog drop an alert for good on any 4xx."""
    return refusal(503, str(error), {"Retry-After": str(RETRY_AFTER_S)})


async def on_crash(request: Request, error: Exception) -> Response:
    """A defect of ours. What it was stands in the log and is no business of whoever asked."""
    return refusal(500, CRASHED)
