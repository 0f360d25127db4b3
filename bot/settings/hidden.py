"""Which parts of a URL are secret. Nobody says which part is, so everything that looks like a key counts as one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

LONG_AS_A_KEY = 16
"""A value in a URL's query is taken for a secret from this many characters on, whatever its name."""


def hidden_in(url: str) -> Iterator[str]:
    """The password, and every long value of the query."""
    parts = urlsplit(url)
    if parts.password:
        yield from (parts.password, unquote(parts.password))
    yield from (value for _, value in parse_qsl(parts.query) if len(value) >= LONG_AS_A_KEY)


def hidden_in_address(address: str) -> Iterator[str]:
    """The whole address, and every long part of it: each scheme puts its tokens somewhere else."""
    yield address
    try:
        parts = urlsplit(address)
        yield from hidden_in(address)
    except ValueError:
        return
    named = (*parts.path.split("/"), parts.hostname or "", unquote(parts.username or ""))
    yield from (part for part in named if len(part) >= LONG_AS_A_KEY and "@" not in part)
