"""What outside text becomes before it is kept: both engines take everything this room hands them.

PostgreSQL holds no NUL, neither engine a lone surrogate, and the JSON of a table no integer beyond 64 bits, no NaN and no endless
nesting. A vendor may answer any of these. Refusing one would lose the outcome it came with, and the request would be sent again;
so each becomes the nearest thing that can be kept. What is plainly ours to mend (a value that is no JSON at all) stays an error.
"""

from __future__ import annotations

import math
import re
from typing import Any

import orjson

UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"
"""What stands for a sign that cannot be kept, as in every decoder."""
DEEPEST = 60
"""Levels of nesting that are kept; what lies deeper is named, not kept."""
TOO_DEEP = "(nested too deep)"
_WIDEST = 1 << 63
_NUL = "\\u0000"
"""As JSON writes it: text to us, but PostgreSQL reads the JSON of some statements."""


def storable_text(text: str) -> str:
    """The text without the signs that no database of ours holds."""
    return UNKEEPABLE.sub(REPLACEMENT, text) if UNKEEPABLE.search(text) else text


def storable_json(value: Any) -> str:
    """A JSON value as its text. Almost always it can be kept as it is, and is looked through only where it cannot."""
    try:
        text = orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, RecursionError):
        return orjson.dumps(storable(value)).decode()
    return orjson.dumps(storable(value)).decode() if _NUL in text else text


def storable(value: Any, depth: int = 0) -> Any:
    """The nearest value that can be kept. What is no JSON is left as it is, for `orjson` to refuse."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return value if -_WIDEST <= value < _WIDEST else _digits(value)
    if isinstance(value, dict | list | tuple) and depth >= DEEPEST:
        return TOO_DEEP
    if isinstance(value, dict):
        return {storable_text(str(name)): storable(inner, depth + 1) for name, inner in value.items()}
    return [storable(inner, depth + 1) for inner in value] if isinstance(value, list | tuple) else value


def _digits(number: int) -> str:
    """Python writes no integer of more than 4,300 digits."""
    try:
        return str(number)
    except ValueError:
        return f"(an integer of {number.bit_length()} bits)"
