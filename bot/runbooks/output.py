"""Makes what a program or a log wrote fit to be shown: masked first, cut afterwards. Pure.

It never cuts before it masks, because a pattern does not recognise half a secret. If bytes were dropped already, the text next to
the gap is left out as well: it may be half of a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Mask = Callable[[str], str]
"""Takes the secrets out of a text."""

HEAD = TAIL = 32 * 1024
"""Bytes kept from an output's beginning and from its end."""
LONGEST = 256 * 1024
"""Bytes kept of an output in all."""
SEAM = 4 * 1024
"""How much is left out next to a gap: no secret is longer."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""Colours, cursor movements and titles of a terminal (ECMA-48)."""


def plain(raw: bytes) -> str:
    """Text as it can be shown: without a terminal's escapes; `\\n` and tabs are its only control characters."""
    text = _ESCAPE.sub("", raw.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")


def capped(text: str, *, end: bool = False) -> str:
    """The text, no longer than what is kept of an output; what is left out is said. Keeps its beginning, or its `end`."""
    raw = text.encode()
    if len(raw) <= LONGEST:
        return text
    if end:
        kept = raw[-LONGEST:].decode(errors="ignore").partition("\n")[2]
        return f"{_gap(len(raw) - len(kept.encode()))}\n{kept}"
    kept = raw[:LONGEST].decode(errors="ignore").rpartition("\n")[0]
    return f"{kept}\n{_gap(len(raw) - len(kept.encode()))}"


def _gap(missing: int) -> str:
    return f"… {missing:,} bytes left out …"


class Kept:
    """Keeps an output of any length in little memory: its beginning and its end."""

    def __init__(self, head: int = HEAD, tail: int = TAIL) -> None:
        self._most = (head + SEAM, tail + SEAM)
        self._head, self._tail = bytearray(), bytearray()
        self.size = 0
        """Bytes written so far, kept or not."""

    def add(self, data: bytes) -> None:
        self.size += len(data)
        room = max(0, self._most[0] - len(self._head))
        self._head += data[:room]
        self._tail += data[room:]
        # In large steps, so that a long output is not copied for each of its pieces.
        if len(self._tail) > 2 * self._most[1]:
            del self._tail[: -self._most[1]]

    def text(self, mask: Mask) -> str:
        """What is kept, masked; a line between the two parts says how much is missing."""
        missing = self.size - sum(self._most)
        if missing <= 0:
            return mask(plain(bytes(self._head + self._tail))).rstrip("\n")
        head = mask(plain(bytes(self._head)))[:-SEAM]
        tail = mask(plain(bytes(self._tail[-self._most[1] :])))[SEAM:]
        gap = _gap(missing + 2 * SEAM)
        return "\n".join([head.rpartition("\n")[0] or head, gap, (tail.partition("\n")[2] or tail).rstrip("\n")])
