"""Checks the shape of what Slack sends: a payload of another shape is refused with a sentence before a listener fails at it.

A signed payload need not be well formed: it may come through a proxy, from a replayed test, or from tomorrow's Slack. Nothing is
repaired, except texts that no database can keep (NUL, half characters).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.sources.body import scrub

UNREADABLE = "I cannot read this request: {fault}. Nothing was done."
_TEXTS = ("team_id", "enterprise_id", "user_id", "channel_id", "thread_ts", "event_id", "command", "text", "trigger_id")
_NAMED = ("team", "enterprise", "user", "channel")
_OBJECTS = ("event", "view", "message", "container", "item", "function_data", "assistant_thread", "previous_message")

_STAMP = re.compile(r"\d{1,12}\.\d{1,9}", re.ASCII)

Check = Callable[[Mapping[str, Any]], str | None]


def fault_of(body: object) -> str | None:
    """What is wrong with the shape of a payload; `None` if nothing is."""
    if not isinstance(body, dict):
        return "it is not an object"
    return _frame(body) or next((fault for kind, check in _KINDS if (fault := _of_kind(body, kind, check))), None)


def _of_kind(body: Mapping[str, Any], kind: str, check: Check) -> str | None:
    if kind not in body:
        return None
    return f"its `{kind}` is empty" if body[kind] is None else check(body)


def readable(body: dict[str, Any]) -> dict[str, Any]:
    """The payload with every text in it made fit to be stored."""
    made: dict[str, Any] = scrub(body)
    return made


def _frame(body: Mapping[str, Any]) -> str | None:
    """What is wrong with the parts that Bolt itself looks at, in the payload and in its event."""
    for name in _TEXTS:
        if not isinstance(body.get(name), str | None):
            return f"`{name}` is not text"
    for name in _NAMED:
        value = body.get(name)
        if not (isinstance(value, str | None) or (isinstance(value, dict) and isinstance(value.get("id"), str | None))):
            return f"`{name}` names nothing"
    for name in _OBJECTS:
        if not isinstance(body.get(name), dict | None):
            return f"`{name}` is not an object"
    for name in ("authorizations", "response_urls"):
        if not _is_list_of_objects(body.get(name)):
            return f"`{name}` is not a list of objects"
    inner = (body.get("event"), body.get("item"), body.get("message"), *(body.get("authorizations") or ()))
    return next((fault for one in inner if one is not None and (fault := _frame(one))), None)


def _is_list_of_objects(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(each, dict) for each in value))


def _event(body: Mapping[str, Any]) -> str | None:
    event = body["event"]
    if not isinstance(body.get("event_id"), str):
        return "it has no `event_id`"
    if not isinstance(event.get("type"), str) or not isinstance(event.get("subtype"), str | None):
        return "its event has no type"
    if event["type"] in ("reaction_added", "reaction_removed"):
        item = event.get("item") or {}
        named = (event.get("user"), event.get("reaction"), item.get("channel"), item.get("ts"))
        return None if all(isinstance(each, str) for each in named) else "its reaction is to nothing"
    if event["type"] == "app_home_opened":
        return None if isinstance(event.get("user"), str) else "nobody opened it"
    return None


def _command(body: Mapping[str, Any]) -> str | None:
    missing = [name for name in ("user_id", "trigger_id") if not body.get(name)]
    return f"`{missing[0]}` is missing" if missing else None


def _shortcut(body: Mapping[str, Any]) -> str | None:
    if body.get("type") != "message_action":
        return None
    message, channel = body.get("message"), body.get("channel")
    if not (isinstance(body.get("callback_id"), str) and isinstance(body.get("trigger_id"), str) and _presser(body)):
        return "nobody chose anything"
    if not (isinstance(message, dict) and isinstance(channel, dict) and isinstance(channel.get("id"), str)):
        return "it is about no message"
    user, root = message.get("user"), message.get("thread_ts") or message.get("ts")
    stamps = (message.get("ts"), root)
    if not (isinstance(user, str | None) and all(isinstance(ts, str) and _STAMP.fullmatch(ts) for ts in stamps)):
        return "its message is none"
    return None


def _actions(body: Mapping[str, Any]) -> str | None:
    actions = body["actions"]
    if not (_is_list_of_objects(actions) and actions and _presser(body)):
        return "nobody pressed anything"
    return next((fault for action in actions if (fault := _action(action))), None)


def _action(action: Mapping[str, Any]) -> str | None:
    texts = (action.get("action_id"), action.get("action_ts"))
    chosen = action.get("selected_option") or {}
    if not all(isinstance(text, str) for text in texts) or not isinstance(action.get("value"), str | None):
        return "its button is none"
    if not isinstance(chosen, dict) or not isinstance(chosen.get("value"), str | None):
        return "what was chosen is not an option"
    return None if isinstance(action.get("type"), str | None) else "its button has no type"


def _view(body: Mapping[str, Any]) -> str | None:
    if body.get("type") != "view_submission":
        return None
    view = body["view"]
    texts = (view.get("callback_id"), view.get("private_metadata"), view.get("hash"))
    if not (isinstance(view.get("id"), str) and isinstance(view.get("type"), str)) or not all(
        isinstance(text, str | None) for text in texts
    ):
        return "its view has no name"
    if not _presser(body):
        return "nobody submitted it"
    values = (view.get("state") or {}).get("values") if isinstance(view.get("state"), dict | None) else None
    if not (isinstance(values, dict) and all(_field(name, field) for name, field in values.items())):
        return "its view has no fields"
    blocks = view.get("blocks")
    if not (_is_list_of_objects(blocks) and all(isinstance(one.get("block_id"), str) for one in blocks or ())):
        return "its view has no blocks"
    return None


def _field(name: str, field: object) -> bool:
    """Whether `values[FIELD][FIELD]` has a text, an option or a person in it."""
    state = field.get(name) or {} if isinstance(field, dict) else None
    if not isinstance(state, dict):
        return False
    chosen = state.get("selected_option") or {}
    return isinstance(chosen, dict) and all(
        isinstance(text, str | None) for text in (state.get("value"), state.get("selected_user"), chosen.get("value"))
    )


def _presser(body: Mapping[str, Any]) -> bool:
    user = body.get("user")
    return isinstance(user, dict) and isinstance(user.get("id"), str)


_KINDS: tuple[tuple[str, Check], ...] = (
    ("event", _event),
    ("command", _command),
    ("callback_id", _shortcut),
    ("actions", _actions),
    ("view", _view),
)
"""By a key of the payload: the check of what a listener of that kind relies on."""
