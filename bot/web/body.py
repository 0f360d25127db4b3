"""Reads a request's raw bytes, once, and never more of them than the limit."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Receive, Scope

ALERTS_LIMIT = 16 * 1024 * 1024
LARGE = 128 * 1024
"""Bytes of alerts that are still read at once, in about a millisecond."""
SLACK_LIMIT = 2 * 1024 * 1024
"""Anybody may knock at Slack's door, since the signature is over the body: a small door."""


class TooLarge(Exception):
    """The body is larger than the limit. Nothing of it was kept."""


class Gone(Exception):
    """The client went away before its body was complete."""


def _not_counted(size: int) -> None: ...


async def read_body(scope: Scope, receive: Receive, limit: int, took: Callable[[int], None] = _not_counted) -> bytes:
    """The whole body. Raises `TooLarge` as soon as that is certain, `Gone` if the client left. `took` hears of each part."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value[:20]) > limit:
            raise TooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge
        chunks.append(chunk)
        took(len(chunk))
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def too_large(limit: int) -> str:
    return f"The body is larger than {limit // (1024 * 1024)} MiB. Nothing was taken: send fewer alerts at a time."
