"""What of a URL is a secret: nobody is told which part of it that is, so whatever looks like a key counts as one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

LONG_AS_A_KEY = 16
"""Characters from which on a value in a URL's query is taken for a secret, whatever it is called."""


def hidden_in(url: str) -> Iterator[str]:
    """The password, and every long value of a query: keys look like nothing else."""
    parts = urlsplit(url)
    if parts.password:
        yield from (parts.password, unquote(parts.password))
    yield from (value for _, value in parse_qsl(parts.query) if len(value) >= LONG_AS_A_KEY)


def hidden_in_address(address: str) -> Iterator[str]:
    """The whole, and every long part: schemes put their tokens wherever they like."""
    yield address
    try:
        parts = urlsplit(address)
        yield from hidden_in(address)
    except ValueError:
        return
    named = (*parts.path.split("/"), parts.hostname or "", unquote(parts.username or ""))
    yield from (part for part in named if len(part) >= LONG_AS_A_KEY and "@" not in part)
