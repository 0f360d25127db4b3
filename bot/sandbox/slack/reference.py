"""What Slack's reference says of each method: arguments, scopes, pace, every error (docs.slack.dev, 2026-08-20). Data, not code.

`reference.json` has more methods than this Slack serves, so that serving another takes a function and a line. An argument is given
by its type, with a star if it is required. Errors that every page lists are in `COMMON` instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any

import orjson

from bot.sandbox.slack.limits import Tier
from bot.sandbox.slack.values import JSON, SlackError, invalid
from oncall.values import dataclass, field

_COMMON = """
access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error
internal_error invalid_arg_name invalid_arguments invalid_array_arg invalid_auth invalid_charset invalid_form_data
invalid_post_type method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed
org_login_required ratelimited request_timeout service_unavailable team_access_not_granted team_added_to_org token_expired
token_revoked two_factor_setup_required
cannot_dm_bot invalid_attachments invalid_json json_not_object no_such_subteam
"""
"""The errors of the last line occur in practice, but no page lists them, or the wrong one does."""
COMMON = frozenset(_COMMON.split())
_STRUCTURES = frozenset(
    {"attachments", "blocks", "document_content", "message", "metadata", "unfurled_attachments", "view"}
)
"""Documented as strings of JSON; a JSON body may contain them as they are."""
_NEVER_LISTS = frozenset({"document_content"})
_EVERYWHERE = {"team_id": "string"}
"""Few pages list it, but Bolt sends it with every call."""
_NAME = re.compile(r"\w{1,64}")
_ANY_ARGUMENT = frozenset({"api.test"})


@dataclass(frozen=True, slots=True)
class Documented:
    """`args`: name → type; `needs`: those that are required; `json`: whether a JSON body is read."""

    tier: Tier
    json: bool
    scopes: tuple[str, ...]
    args: Mapping[str, str]
    errors: frozenset[str]
    needs: tuple[str, ...] = field(default=())

    def may_answer(self, error: str) -> bool:
        return error in self.errors or error in COMMON


def _documented(given: JSON) -> Documented:
    args: Mapping[str, str] = given["args"]
    return Documented(
        given["tier"],
        given["json"],
        tuple(given["scopes"]),
        _EVERYWHERE | {name: kind.rstrip("*") for name, kind in args.items()},
        frozenset(given["errors"]),
        tuple(name for name, kind in args.items() if kind.endswith("*")),
    )


REFERENCE: Mapping[str, Documented] = {
    name: _documented(given)
    for name, given in orjson.loads(files(__package__).joinpath("reference.json").read_bytes()).items()
}


def check_arguments(method: str, needs: tuple[str, ...], values: JSON) -> None:
    """Raises `SlackError` for undocumented names, missing arguments and wrong types, naming every fault."""
    documented = REFERENCE[method]
    if method in _ANY_ARGUMENT:
        return
    if not all(_NAME.fullmatch(name) for name in values):
        raise SlackError("invalid_arg_name")
    if missing := [name for name in needs if values.get(name) is None]:
        code = "missing_argument" if "missing_argument" in documented.errors else "invalid_arguments"
        raise invalid(code, [f"missing required field: {name}" for name in missing])
    if any(isinstance(value, list) and not _takes_lists(documented, name) for name, value in values.items()):
        raise SlackError("invalid_array_arg")
    if faults := list(_faults(documented, values)):
        raise invalid("invalid_arguments", faults)


def _takes_lists(documented: Documented, name: str) -> bool:
    return name in _STRUCTURES - _NEVER_LISTS or documented.args.get(name, "array") == "array"


def _faults(documented: Documented, values: JSON) -> Iterator[str]:
    for name, value in values.items():
        kind = documented.args.get(name)
        if kind is None:
            yield f"invalid additional property: {name}"
        elif value is not None and not (name in _STRUCTURES and isinstance(value, dict)) and not _FITS[kind](value):
            yield f"must provide {_A[kind]} [json-pointer:/{name}]"


def _whole(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?\d+", value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str | list),
    "boolean": lambda value: isinstance(value, bool) or str(value).lower() in ("", "0", "1", "true", "false"),
    "integer": _whole,
    "number": _whole,
    "array": lambda value: isinstance(value, str | list),
}
_A: Mapping[str, str] = {
    "string": "a string",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "array": "an array",
}
