"""Ways for a server to fail without an answer: to keep silent, or to hang up in the middle of one."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Manner = Literal["well", "down", "limited", "hang", "close"]
"""well: as documented; down: 503; limited: 429; hang: no answer until the caller gives up; close: the connection breaks."""


class Silence(Response):
    """Never answers. Ends when the caller hangs up or the server stops."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


class Broken(Response):
    """Announces a body and hangs up before sending it: the caller sees a broken connection, not an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"64")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
