"""Finds a value in a JSON answer by a path such as `metrics.rate`, `videos[0].id` or `$.a.b`.

Deliberately less than JSONPath: a path names one place, so that "what matters in the answer" is never a surprise.
"""

from __future__ import annotations

import re
from typing import Any

_PART = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(\d+)\]")
MISSING = object()
"""What `dig` returns if the path leads nowhere (`None` is a value of JSON)."""


def parts(path: str) -> tuple[str | int, ...] | None:
    """The keys and indexes of a path; `None` if it cannot be read."""
    text = path.removeprefix("$").removeprefix(".")
    found: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return None
        found.append(match[1] if match[1] is not None else int(match[2]))
        position = match.end()
    return tuple(found) or None


def dig(value: Any, path: str) -> Any:
    """The value at `path`, or `MISSING`."""
    for part in parts(path) or ("",):
        if isinstance(value, dict) and str(part) in value:
            value = value[str(part)]
        elif isinstance(value, list) and str(part).isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value
