"""Slack's rules for messages and modals, written a second time and independent of the code, to check the views.

Sources: https://docs.slack.dev/reference/block-kit, https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from bot.slack.views.actions import ACTIONS, FIELD_GIVEN, FIELDS, MODALS
from bot.slack.views.facts import Message, View

CONTROL = re.compile(
    r"<(?:"
    r"!date\^-?\d+\^[^<>|^]+\|[^<>|]+"
    r"|@[UW][A-Z0-9]+"
    r"|!channel"
    r"|https?://[^<>|\s]+\|[^<>]+"
    r")>"
)
"""The only things between angle brackets that a view may write."""


def check_message(message: Message) -> None:
    assert 1 <= len(message.text) <= 4_000
    check_mrkdwn(message.text, 4_000)
    assert 1 <= len(message.blocks) <= 50
    assert sum(len(text) for text in strings(message.blocks)) <= 13_000
    check_blocks(message.blocks)


def check_modal(view: View) -> None:
    assert view["type"] == "modal"
    assert view["callback_id"] in MODALS
    for part in ("title", "submit", "close"):
        assert 1 <= len(view[part]["text"]) <= 24
    assert len(view.get("private_metadata", "")) <= 3_000
    assert 1 <= len(view["blocks"]) <= 100
    check_blocks(view["blocks"])
    inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    assert len(inputs) == len(set(inputs))


def check_blocks(blocks: list[dict[str, Any]]) -> None:
    json.dumps(blocks, ensure_ascii=False).encode("utf-8")
    for block in blocks:
        CHECKS[block["type"]](block)


def check_section(block: dict[str, Any]) -> None:
    check_text(block["text"], 3_000)
    assert "fields" not in block
    if "accessory" in block:
        check_element(block["accessory"])


def check_context(block: dict[str, Any]) -> None:
    assert 1 <= len(block["elements"]) <= 10
    for element in block["elements"]:
        check_text(element, 3_000)


def check_actions(block: dict[str, Any]) -> None:
    assert 1 <= len(block["elements"]) <= 25
    ids = [element["action_id"] for element in block["elements"]]
    assert len(ids) == len(set(ids)), ids
    for element in block["elements"]:
        check_element(element)


def check_input(block: dict[str, Any]) -> None:
    check_text(block["label"], 2_000, plain=True)
    if "hint" in block:
        check_text(block["hint"], 2_000, plain=True)
    element = block["element"]
    assert block["block_id"] == element["action_id"]
    assert element["action_id"] in FIELDS or element["action_id"].startswith(FIELD_GIVEN)
    if element["type"] == "plain_text_input":
        assert 1 <= element["max_length"] <= 3_000
        assert len(element.get("initial_value", "")) <= element["max_length"]
    for option in element.get("options", []):
        check_option(option)
    if "initial_option" in element:
        assert element["initial_option"] in element["options"]


def check_divider(block: dict[str, Any]) -> None:
    assert set(block) <= {"type", "block_id"}


CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "section": check_section,
    "context": check_context,
    "actions": check_actions,
    "input": check_input,
    "divider": check_divider,
}


def check_element(element: dict[str, Any]) -> None:
    assert element["action_id"] in ACTIONS
    if element["type"] == "overflow":
        assert 2 <= len(element["options"]) <= 5
        for option in element["options"]:
            check_option(option)
        return
    if element["type"] == "static_select":
        check_text(element["placeholder"], 150, plain=True)
        assert 1 <= len(element["options"]) <= 100
        for option in element["options"]:
            check_option(option)
        return
    assert element["type"] == "button"
    check_text(element["text"], 75, plain=True)
    assert element.get("style") in (None, "primary", "danger")
    if "url" in element:
        assert re.fullmatch(r"https?://\S+", element["url"])
        assert len(element["url"]) <= 3_000
    else:
        assert 1 <= len(element["value"]) <= 2_000
    if "confirm" in element:
        check_confirm(element["confirm"])


def check_confirm(confirm: dict[str, Any]) -> None:
    for part, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        check_text(confirm[part], limit, plain=True)


def check_option(option: dict[str, Any]) -> None:
    check_text(option["text"], 75, plain=True)
    assert 1 <= len(option["value"]) <= 150


def check_text(text: dict[str, Any], limit: int, *, plain: bool = False) -> None:
    assert text["type"] == ("plain_text" if plain else "mrkdwn")
    assert 1 <= len(text["text"]) <= limit
    if plain:
        assert not set("<>&") & set(text["text"]), "outside text in plain_text"
    else:
        assert text["verbatim"] is True
        check_mrkdwn(text["text"], limit)


def check_mrkdwn(text: str, limit: int) -> None:
    """Only intended control sequences are between angle brackets, and every ampersand is an entity."""
    assert len(text) <= limit
    rest = CONTROL.sub("", text)
    assert not set("<>") & set(rest), rest
    assert not re.search(r"&(?!amp;|lt;|gt;)", text), text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert text.count("```") % 2 == 0


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def shown(message: Message) -> str:
    """Every mrkdwn and plain text of a message, one below the other."""
    return "\n".join(_shown(message.blocks))


def _shown(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value["text"]
            return
        for inner in value.values():
            yield from _shown(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _shown(inner)


def elements(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything that can be pressed."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        found += block.get("elements", []) if block["type"] == "actions" else []
        found += [block["accessory"]] if "accessory" in block else []
    return found


def action_ids(message: Message) -> list[str]:
    return [element["action_id"] for element in elements(message.blocks)]
