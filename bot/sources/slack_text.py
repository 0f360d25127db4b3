"""A Slack message as the plain lines a person sees: its text, blocks and attachments, without Slack's escapes and markup links.

Lines that say the same (a message's `text` repeats its blocks, an attachment's `fallback` its text) are kept once. Labels of
buttons are left out: a button "Resolve" must not read as a status. So is what Slack adds by itself: previews of links, and messages
that were quoted or shared.
Format: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_ANGLE = re.compile(r"<((?:[@#!]|[a-zA-Z][a-zA-Z0-9+.-]*:)[^<>\n]{1,3000})>")
_NESTING = 12
_LIMIT = 40_000
"""Slack's own limit of a message's text, in characters."""


_QUOTING = (
    "from_url",
    "original_url",
    "app_unfurl_url",
    "is_msg_unfurl",
    "is_app_unfurl",
    "is_reply_unfurl",
    "is_thread_root_unfurl",
    "is_share",
)
"""What Slack itself writes into an attachment that shows something else than what the post says: the preview of a link, another
message that was quoted or shared."""


def attachments_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """A message's own attachments; an old alert that a link leads to is none of its words."""
    return [one for one in _items(message.get("attachments")) if not any(one.get(name) for name in _QUOTING)]


def flatten(message: dict[str, Any]) -> str:
    """All lines of a message, joined."""
    lines: dict[str, None] = {}
    for text in _message(message):
        for line in text.splitlines():
            if line.strip():
                lines[line.strip()] = None
    return "\n".join(lines)[:_LIMIT]


def unescape(text: str) -> str:
    """Slack's mrkdwn as it is shown: `<url|text>` → text, `<url>` → url, `&amp;` → &."""
    return _entities(_ANGLE.sub(lambda found: _shown(found.group(1)), text))


def _entities(text: str) -> str:
    """Slack escapes three characters and no others."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(inside: str) -> str:
    target, bar, text = inside.partition("|")
    if target.startswith("!date"):
        return text or target
    if target.startswith(("@", "#", "!")):
        mark = "#" if target.startswith("#") else "@"
        return mark + (text or target[1:]).lstrip("@#")
    return text if bar and text else target


def _message(message: dict[str, Any]) -> Iterator[str]:
    yield unescape(_string(message.get("text")))
    yield from _blocks(message.get("blocks"))
    for one in attachments_of(message):
        yield from _attachment(one)


def _attachment(one: dict[str, Any]) -> Iterator[str]:
    for name in ("pretext", "title", "text"):
        yield unescape(_string(one.get(name)))
    for field in _items(one.get("fields")):
        title, value = unescape(_string(field.get("title"))), unescape(_string(field.get("value")))
        yield f"{title}: {value}" if title and value else title or value
    yield from _blocks(one.get("blocks"))
    yield unescape(_string(one.get("fallback")))


def _blocks(blocks: Any) -> Iterator[str]:
    for block in _items(blocks):
        if block.get("type") == "rich_text":
            yield from _rich(block, 0)
        elif block.get("type") != "actions":
            yield _text_object(block.get("text"))
            for part in (*_items(block.get("fields")), *_items(block.get("elements"))):
                yield _text_object(part)


def _text_object(part: Any) -> str:
    """A `plain_text` or `mrkdwn` object, or the bare text of a `markdown` block."""
    if isinstance(part, dict):
        text = _string(part.get("text"))
        return _entities(text) if part.get("type") == "plain_text" else unescape(text)
    return _string(part)


def _rich(element: dict[str, Any], depth: int) -> Iterator[str]:
    """Lists and quotes are lines of their own; what stands inside a section is one line."""
    if depth > _NESTING:
        return
    inline: list[str] = []
    for child in _items(element.get("elements")):
        if isinstance(child.get("elements"), list):
            yield from _rich(child, depth + 1)
        else:
            inline.append(_inline(child))
    yield "".join(inline)


def _inline(child: dict[str, Any]) -> str:
    kind = child.get("type")
    if kind == "emoji":
        return f":{_string(child.get('name'))}:"
    if kind in ("user", "channel", "usergroup", "broadcast"):
        name = child.get(f"{kind}_id") or child.get("range")
        return ("#" if kind == "channel" else "@") + _string(name)
    return _entities(_string(child.get("text")) or _string(child.get("url")) or _string(child.get("fallback")))


def _items(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
