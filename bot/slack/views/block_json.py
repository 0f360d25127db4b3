"""A block as JSON: what the library's own `to_dict` answers, its checks included.

The library finds out at each object again which members of its class are checks and what its attributes are called, which is
most of what drawing a page costs. Here it is kept for each class. A class that draws itself in a way of its own is asked itself.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from slack_sdk.models.basic_objects import EMPTY_ALLOWED_TYPE_AND_PROPERTY_LIST, JsonObject

from oncall.values import dataclass

_MAY_BE_EMPTY = frozenset((each["type"], each["property"]) for each in EMPTY_ALLOWED_TYPE_AND_PROPERTY_LIST)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is true of every object of a class."""

    checks: tuple[str, ...]
    attributes: tuple[str, ...]


def drawn(part: JsonObject) -> dict[str, Any]:
    """Raises `SlackObjectFormationError` where the part breaks a limit."""
    if _draws_itself(type(part)):
        own: dict[str, Any] = part.to_dict()
        return own
    kind = _kind(type(part))
    for check in kind.checks:
        getattr(part, check)()
    said = ((name, getattr(part, name, None)) for name in kind.attributes)
    return {name: _plain(value) for name, value in said if _is_said(part, name, value)}


def _plain(value: Any) -> Any:
    if isinstance(value, JsonObject):
        return drawn(value)
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _is_said(part: JsonObject, name: str, value: Any) -> bool:
    if value is None or (hasattr(value, "__len__") and not len(value)):
        return value is not None and (getattr(part, "type", None), name) in _MAY_BE_EMPTY
    return True


@cache
def _draws_itself(of: type[JsonObject]) -> bool:
    own = of.to_dict is not JsonObject.to_dict or of.get_object_attribute is not JsonObject.get_object_attribute
    return own or of.validate_json is not JsonObject.validate_json


@cache
def _kind(of: type[JsonObject]) -> _Kind:
    checks = [name for name in dir(of) if not name.startswith("__") and hasattr(getattr(of, name, None), "validator")]
    named: Any = of.attributes
    attributes = named.__get__(of.__new__(of)) if isinstance(named, property) else named
    return _Kind(tuple(checks), tuple(sorted(attributes)))
