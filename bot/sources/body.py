"""From bytes to a JSON value that is safe to keep: no NUL characters (PostgreSQL refuses them) and no lone surrogates
(no encoding holds them).

The fast road is orjson. What it refuses but a person would understand – a byte-order mark, a raw line break inside a string,
`NaN`, a broken UTF-8 byte or half an emoji in one label – is read by the standard library, because one odd label must not
cost the alert.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from bot.sources.reading import SourceError

DEPTH_LIMIT = 100
TOO_DEEP = "(nested too deep)"


def parse(raw: bytes) -> Any:
    """The JSON value in a request's body. Raises `SourceError`, with the place, if there is none."""
    if not raw:
        raise SourceError("The body is empty. Send JSON.")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return scrub(_leniently(raw, error))
    return scrub(value) if b"\\u0000" in raw else value


def _leniently(raw: bytes, first: orjson.JSONDecodeError) -> Any:
    try:
        text = raw.decode(json.detect_encoding(raw), "replace")
        return json.loads(text.removeprefix("\ufeff"), strict=False)
    except RecursionError as error:
        raise SourceError("The body is nested too deep to be an alert.") from error
    except ValueError as error:
        place = f"{first.msg} (line {first.lineno}, column {first.colno})"
        raise SourceError(f"The body is not JSON: {place}.") from error


def scrub(value: Any, depth: int = 0) -> Any:
    """The same value with every text safe to keep."""
    if isinstance(value, str):
        return scrub_text(value)
    if depth > DEPTH_LIMIT:
        return TOO_DEEP if isinstance(value, dict | list) else value
    if isinstance(value, dict):
        return {scrub_text(name): scrub(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [scrub(item, depth + 1) for item in value]
    return value


def scrub_text(text: str) -> str:
    """NUL and lone surrogates become U+FFFD; surrogates that are a pair become their character."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
