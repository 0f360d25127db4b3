"""The mark of practice: on every message of a drill, whoever drew it, in its notification and in its first line."""

from __future__ import annotations

from typing import Any

from bot.slack.views.facts import Message
from bot.slack.views.kit import context, practice
from oncall.headline import DRILL


def marked(message: Message) -> Message:
    """The message with the mark, where it has none yet."""
    text = message.text if DRILL in message.text else f"{DRILL} {message.text}"
    return Message(text, _marked(message.blocks), _marked(message.native))


def _marked(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not blocks or DRILL in str(blocks[:3]):
        return blocks
    first, *others = blocks
    words = first.get("text") if first.get("type") == "section" else next(iter(first.get("elements", ())), None)
    if first.get("type") not in ("section", "context") or not isinstance(words, dict) or words.get("type") != "mrkdwn":
        return [context(practice(drill=True).strip()).to_dict(), *blocks]
    told = {**words, "text": f"{practice(drill=True)}{words['text']}"}
    if first["type"] == "section":
        return [{**first, "text": told}, *others]
    return [{**first, "elements": [told, *first["elements"][1:]]}, *others]
