"""The words of which the published JSON Schemas are made (draft 2020-12). Each says what it is for: an editor shows that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any] | bool
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


def one_of(description: str, words: Iterable[str]) -> Schema:
    return {"enum": list(words), "description": description}


def flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def number(description: str, **more: Any) -> Schema:
    return {"type": "number", "description": description, **more}


def span(description: str) -> Schema:
    """`30s`, `5m`, `1h30m`, or whole seconds."""
    written = {"type": "string", "pattern": r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$"}
    return {"anyOf": [written, {"type": "integer", "minimum": 0}], "description": f"{description}: 30s, 5m, 2h or 1d"}


def texts(description: str, **more: Any) -> Schema:
    return {"type": "array", "items": {"type": "string"}, "description": description, **more}


def mapping(description: str, keys: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """A mapping with these keys and no others."""
    shape: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": dict(keys)}
    return {**shape, "required": list(required), "description": description}


def listed(description: str, item: Schema) -> Schema:
    return {"type": "array", "items": item, "description": description}


def either(description: str, *shapes: Schema) -> Schema:
    return {"anyOf": list(shapes), "description": description}


ANY: Schema = True
