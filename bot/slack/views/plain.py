"""The same message, plainer or more careful: as text where Slack takes no blocks, or with a word that it may be a repeat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.slack.mrkdwn import clip, link
from bot.slack.views.actions import INCIDENT_ACK
from bot.slack.views.facts import Message
from bot.slack.views.kit import BLOCKS_LIMIT, TEXT_LIMIT, context

PLAIN_LIMIT = 3_000
"""Below every limit that Slack may have found the drawn message to exceed."""
REPEAT = "Possible repeat: an earlier attempt was cut off, and may have reached you."
_REPEATED = " (possible repeat)"
_TEXTS = ("text", "fields", "elements", "accessory")


def doubtful(message: Message) -> Message:
    """The message, saying where it is read first and at its end that it may stand there a second time."""
    text = clip(message.text, TEXT_LIMIT - len(_REPEATED)) + _REPEATED
    return Message(text, _repeated(message.blocks), _repeated(message.native))


def _repeated(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not blocks or len(blocks) >= BLOCKS_LIMIT:
        return blocks
    return [*blocks, context(REPEAT).to_dict()]


def as_text(message: Message) -> Message:
    """Everything a message says, without blocks; what its buttons would have done has to be done otherwise."""
    lines = [line for block in message.blocks for line in _lines(block)]
    said = "\n".join(lines) or message.text
    instead = _instead(message)
    return Message(clip(said, PLAIN_LIMIT - len(instead)) + instead, [])


def _lines(part: Any) -> Iterator[str]:
    """Its texts, in reading order; of buttons only those that lead somewhere."""
    if not isinstance(part, dict):
        return
    if part.get("type") == "button":
        if part.get("url"):
            yield link(part["url"], part["text"]["text"])
        return
    for name in _TEXTS:
        inner = part.get(name)
        if isinstance(inner, str):
            yield inner
        for each in inner if isinstance(inner, list) else [inner]:
            yield from _lines(each)


def _instead(message: Message) -> str:
    buttons = [each for block in message.blocks if block["type"] == "actions" for each in block["elements"]]
    if any(button.get("action_id") == INCIDENT_ACK for button in buttons):
        return "\nThe buttons cannot be shown: 👀 on this message acknowledges it, the commands do the rest."
    if any(not button.get("url") for button in buttons):
        return "\nThe buttons cannot be shown: the commands do the same."
    return ""
