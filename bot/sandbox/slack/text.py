"""Slack's rules for text: what is escaped, what is a mention, and what becomes of what a person types.

Escaped text is never interpreted again: `&lt;!channel&gt;` is plain text to a reader and notifies nobody
(https://docs.slack.dev/messaging/formatting-message-text).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.sandbox.slack.values import JSON

_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_CONTROL = re.compile(r"<(?:[@#!][^<>\s][^<>]*|(?:https?|mailto|tel|ftp|slack)[^<>]+)>")
_MENTION = re.compile(r"<(@[UW][A-Z0-9]+|!subteam\^[A-Z0-9]+|!channel|!here|!everyone)(?:\|[^<>]*)?>")
_TYPED_NAME = re.compile(r"(?<![\w<@])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)
_TYPED_CHANNEL = re.compile(r"(?<![\w<#&])#([a-z0-9_-]+)")
BROADCASTS = frozenset({"channel", "here", "everyone"})


def normalise(text: str) -> str:
    """What Slack keeps of an app's text: mentions, links and dates stay, every other `& <` is escaped.

    A lone `>` stays: at the start of a line it is a quote.
    """
    parts: list[str] = []
    end = 0
    for control in _CONTROL.finditer(text):
        parts += [_plain(text[end : control.start()]), control.group()]
        end = control.end()
    return "".join([*parts, _plain(text[end:])])


def _plain(text: str) -> str:
    return _BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;")


def typed(text: str, users: Mapping[str, str], channels: Mapping[str, str], *, named: bool = False) -> str:
    """What a person typed, as Slack passes it on.

    `users` and `channels` map names to ids. `@name`, `#channel` and `@here` become mentions, as with the client's own completion;
    mentions and links that are written out stay, and so does what a client has escaped already. `named` gives the long form of
    slash commands.
    """
    parts: list[str] = []
    end = 0
    for control in _CONTROL.finditer(text):
        parts += [_complete(text[end : control.start()], users, channels, named), control.group()]
        end = control.end()
    return "".join([*parts, _complete(text[end:], users, channels, named)])


def _complete(text: str, users: Mapping[str, str], channels: Mapping[str, str], named: bool) -> str:
    def user(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in BROADCASTS:
            return f"<!{name}>"
        found = users.get(name.lower())
        return match.group() if found is None else f"<@{found}|{name}>" if named else f"<@{found}>"

    def channel(match: re.Match[str]) -> str:
        found = channels.get(match.group(1))
        return match.group() if found is None else f"<#{found}|{match.group(1)}>"

    return _TYPED_CHANNEL.sub(channel, _TYPED_NAME.sub(user, _plain(text).replace(">", "&gt;")))


def mentions(text: str, blocks: Iterable[JSON]) -> set[str]:
    """The mentions that notify: `@U…`, `!here`, `!subteam^S…`. If there are blocks, the text is only the notification's wording."""
    blocks = list(blocks)
    sources = _mrkdwn(blocks) if blocks else iter([text])
    found = {match.group(1) for source in sources for match in _MENTION.finditer(source)}
    return found | set(_rich_mentions(blocks))


def _mrkdwn(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _mrkdwn(item)
    elif isinstance(node, dict):
        if node.get("type") in {"mrkdwn", "markdown"} and isinstance(node.get("text"), str):
            yield node["text"]
        for value in node.values():
            if isinstance(value, dict | list):
                yield from _mrkdwn(value)


def _rich_mentions(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _rich_mentions(item)
    elif isinstance(node, dict):
        match node.get("type"), node:
            case "user", {"user_id": str(user)}:
                yield f"@{user}"
            case "broadcast", {"range": str(everyone)}:
                yield f"!{everyone}"
            case "usergroup", {"usergroup_id": str(group)}:
                yield f"!subteam^{group}"
        for value in node.values():
            if isinstance(value, dict | list):
                yield from _rich_mentions(value)
