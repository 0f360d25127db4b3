"""What a person can enter: where each element keeps its value, and its initial value. Pure.

Elements that only act (buttons, overflow menus) have no state; all others are in `state.values`, filled in or not
(https://docs.slack.dev/reference/views#state).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.sandbox.slack.blocks import elements, every
from bot.sandbox.slack.values import JSON

# Element type -> where the value stands in the state, and in the element as its first value.
STATEFUL: Mapping[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "initial_files"),
}
REQUIRED = "Please complete this required field."


class NoSuchOption(Exception):
    """A person cannot choose an option that is not offered."""


def start_state(blocks: Iterable[JSON], entered: JSON | None = None) -> JSON:
    """`state.values` of these blocks: what was entered, else the app's initial values."""
    state: JSON = {}
    for block, element in _all(blocks):
        kind = element["type"]
        if kind in STATEFUL:
            key, initial = STATEFUL[kind]
            empty: object = [] if key.endswith("s") else None
            old = (entered or {}).get(block["block_id"], {}).get(element["action_id"])
            fresh = {"type": kind, key: element.get(initial) or empty}
            state.setdefault(block["block_id"], {})[element["action_id"]] = old or fresh
    return state


def find(blocks: Iterable[JSON], block_id: str | None, action_id: str, value: str | None) -> tuple[JSON, JSON] | None:
    """The block and element that a person means; without a block id the first one that fits; `value` chooses among buttons."""
    for block, element in _all(blocks):
        same_value = value is None or element["type"] != "button" or element.get("value") == value
        if element["action_id"] == action_id and block_id in (None, block["block_id"]) and same_value:
            return block, element
    return None


def _all(blocks: Iterable[JSON]) -> Iterator[tuple[JSON, JSON]]:
    return ((block, element) for block in every(blocks) for element in elements(block))


def chosen(element: JSON, given: Mapping[str, object]) -> JSON:
    """What was entered, in the element's own form. An option may be given by its value alone.

    Raises `NoSuchOption` for one that is not offered.
    """
    kind = element["type"]
    if kind == "button":
        return {name: element[name] for name in ("text", "value", "style") if name in element}
    key = "selected_option" if kind == "overflow" else STATEFUL[kind][0]
    value = given.get(key, given.get("value"))
    if key == "selected_option" and value is not None:
        return {key: _option(element, value)}
    if key == "selected_options":
        many = value if isinstance(value, list) else [] if value is None else [value]
        return {key: [_option(element, one) for one in many]}
    return {key: value if value != "" else None}


def _option(element: JSON, given: object) -> JSON:
    if element["type"].endswith("external_select") and isinstance(given, dict):
        return given
    wanted = given.get("value") if isinstance(given, dict) else given
    groups: list[JSON] = element.get("option_groups") or []
    offered: list[JSON] = [*(element.get("options") or []), *(one for group in groups for one in group["options"])]
    found = next((one for one in offered if one["value"] == wanted), None)
    if found is None:
        raise NoSuchOption(f"{wanted!r} is not one of {', '.join(one['value'] for one in offered) or 'no options'}")
    return found


def missing(blocks: Iterable[JSON], state: JSON) -> dict[str, str]:
    """What the client itself complains about before it submits: block id → sentence."""
    faults: dict[str, str] = {}
    for block, element in _all(blocks):
        if block["type"] != "input":
            continue
        value = state[block["block_id"]][element["action_id"]].get(STATEFUL[element["type"]][0])
        if value in (None, "", []):
            if not block.get("optional"):
                faults[block["block_id"]] = REQUIRED
        elif isinstance(value, str) and (fault := _length(element, value)):
            faults[block["block_id"]] = fault
    return faults


def _length(element: JSON, value: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter at most {most} characters." if len(value) > most else None
