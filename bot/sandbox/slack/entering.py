"""Presses buttons, chooses options and fills in fields as a person does in the Slack client, and gives what the app is told of it.

It only computes values: what the client remembers (`state`, as in `state.values`) and the action that the app is told.
"""

from __future__ import annotations

from bot.sandbox.slack.elements import NoSuchOption, chosen, find
from bot.sandbox.slack.ids import Stamps
from bot.sandbox.slack.values import JSON


class HumanError(Exception):
    """What the client shows instead of doing something. `code` is for tests."""

    def __init__(self, text: str, code: str) -> None:
        self.code = code
        super().__init__(text)


def find_element(blocks: list[JSON], block_id: str | None, action_id: str, given: JSON) -> tuple[JSON, JSON]:
    """The block and element that are meant. Raises `HumanError` if they are not there (any more)."""
    value = given.get("value")
    found = find(blocks, block_id, action_id, value if isinstance(value, str) else None)
    if found is None:
        raise HumanError(
            "What you pressed is gone: the message has changed meanwhile. Nothing was done; look at it again.",
            "action_not_found",
        )
    return found


def pressed(blocks: list[JSON], block_id: str | None, action_id: str, given: JSON) -> tuple[JSON, JSON]:
    """What somebody pressed as they saw it: the message may just have been redrawn, with new block ids and values."""
    value = given.get("value")
    now = find(blocks, None, action_id, None)
    if now is None or find(blocks, block_id, action_id, value if isinstance(value, str) else None) is not None:
        return find_element(blocks, block_id, action_id, given)
    block, element = now
    seen = {"value": value} if isinstance(value, str) and element["type"] == "button" else {}
    return block | {"block_id": block_id or block["block_id"]}, element | seen


def action(block: JSON, element: JSON, given: JSON, stamps: Stamps) -> JSON:
    """The action that the app is told. Raises `HumanError` if the choice is not offered."""
    try:
        choice = chosen(element, given)
    except NoSuchOption as error:
        raise HumanError(str(error), "no_such_option") from None
    ids = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    return {**ids, **choice, "action_ts": stamps.next()}


def keep(state: JSON, block: JSON, element: JSON, action: JSON) -> None:
    """Remember what was chosen; buttons and overflow menus have no state."""
    if element["type"] in ("button", "overflow"):
        return
    entry = {name: value for name, value in action.items() if name not in ("action_id", "block_id", "action_ts")}
    state.setdefault(block["block_id"], {})[element["action_id"]] = entry


def fill(blocks: list[JSON], state: JSON, values: JSON, stamps: Stamps, *, strict: bool) -> None:
    """Enter `values`, by block id and action id; unknown fields are an error if `strict`, else they are skipped."""
    for block_id, actions in values.items():
        for action_id, given in actions.items():
            if not strict and find(blocks, block_id, action_id, None) is None:
                continue
            block, element = find_element(blocks, block_id, action_id, {})
            entered = given if isinstance(given, dict) else {"value": given}
            keep(state, block, element, action(block, element, entered, stamps))
