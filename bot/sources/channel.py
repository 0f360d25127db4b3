"""Alerts that another tool writes into the Slack channel.

Only posts of bots and apps count, only root messages, new or edited to another text; what a person writes is never an alert,
and what this bot writes never is either, or it would page about its own cards. The operator's patterns decide what the text
means, with the named groups `rule, status, severity, value, key`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from re import Match, Pattern
from typing import Any

from bot.alerts import PATTERN_SPAN, Alert, Status
from bot.sources.body import scrub
from bot.sources.reading import (
    DESCRIPTION_LIMIT,
    LINKS_LIMIT,
    RESOLVED_WORDS,
    SUMMARY_LIMIT,
    VALUE_LIMIT,
    clip,
    instant,
    is_web_url,
    short_key,
    word_of,
)
from bot.sources.slack_text import flatten

_NEW = (None, "bot_message", "file_share")


def read_message(event: object, patterns: Sequence[Pattern[str]], own: Collection[str]) -> Alert | None:
    """The alert in a Slack `message` event, or nothing. `own` are this bot's ids: bot id, app id, user id."""
    event = scrub(event)
    message, before = _posted(event)
    if message is None or not _by_another_bot(message, own) or _is_reply(message):
        return None
    text = flatten(message)
    if before is not None and flatten(before) == text:
        return None  # an unfurled link or a reply counted: Slack sends these as edits too
    for pattern in patterns:
        found = pattern.search(text[:PATTERN_SPAN])
        if found:
            return _alert(message, text, found)
    return None


def _posted(event: Any) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The message as it stands now, and as it stood before if this is an edit."""
    if not isinstance(event, dict) or event.get("type", "message") != "message":
        return None, None
    if event.get("subtype") in _NEW:
        return event, None
    if event.get("subtype") != "message_changed":
        return None, None
    message, before = event.get("message"), event.get("previous_message")
    if not isinstance(message, dict) or message.get("subtype") not in _NEW:
        return None, None
    return message, before if isinstance(before, dict) else None


def _by_another_bot(message: dict[str, Any], own: Collection[str]) -> bool:
    profile = message.get("bot_profile")
    ids = [message.get("bot_id"), message.get("app_id"), message.get("user")]
    if isinstance(profile, dict):
        ids += [profile.get("id"), profile.get("app_id")]
    if any(isinstance(one, str) and one in own for one in ids):
        return False
    return bool(message.get("bot_id") or message.get("app_id") or message.get("subtype") == "bot_message")


def _is_reply(message: dict[str, Any]) -> bool:
    thread = message.get("thread_ts")
    return thread is not None and thread != message.get("ts")


def _alert(message: dict[str, Any], text: str, found: Match[str]) -> Alert | None:
    ts = message.get("ts")
    if not isinstance(ts, str) or not ts:
        return None
    said = {name: value.strip() for name, value in found.groupdict().items() if value and value.strip()}
    summary = _summary(text, found)
    return Alert(
        source=f"slack:{word_of(message.get('bot_id') or message.get('app_id') or message.get('username'))}",
        key=short_key(_key(said["key"], found.re) if "key" in said else ts),
        status=_status(said.get("status")),
        summary=summary,
        severity=word_of(said.get("severity")) or None,
        rule=word_of(said.get("rule")) or None,
        description="" if text == summary else clip(text, DESCRIPTION_LIMIT),
        value=word_of(said.get("value"), VALUE_LIMIT) or None,
        links=_links(message),
        # A tool that names its alerts posts each repeat as a new message, whose time begins nothing.
        starts_at=None if "key" in said else _sent_at(ts),
    )


def _key(text: str, pattern: Pattern[str]) -> str:
    """What a pattern that ignores case has found names the same thing however it is spelled."""
    return text.casefold() if pattern.flags & re.IGNORECASE else text


def _status(word: str | None) -> Status:
    return "resolved" if word and word.lower() in RESOLVED_WORDS else "firing"


def _summary(text: str, found: Match[str]) -> str:
    """As little of the text as the pattern still matches, because the rule is found by it later: its first line, else the
    lines of the match, else all of it."""
    if found.groupdict().get("rule"):
        return clip(text.split("\n", 1)[0], SUMMARY_LIMIT)
    begin = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    for part in (text.split("\n", 1)[0], text[begin : end if end >= 0 else len(text)]):
        if found.re.search(part[:SUMMARY_LIMIT]):
            return clip(part, SUMMARY_LIMIT)
    return clip(text, SUMMARY_LIMIT)


def _sent_at(ts: str) -> datetime | None:
    try:
        return instant(float(ts))
    except ValueError:
        return None


def _links(message: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The attachments' titles, where they lead somewhere."""
    links: list[tuple[str, str]] = []
    attachments = message.get("attachments")
    for one in attachments if isinstance(attachments, list) else []:
        url = one.get("title_link") if isinstance(one, dict) else None
        if isinstance(url, str) and is_web_url(url):
            links.append((word_of(one.get("title")) or "Source", url))
    return tuple(links[:LINKS_LIMIT])
