"""Explains how the bot reads a post of the channel: each field with its value, by which pattern, and what would come of it.

Where nothing reads it, a pattern that would, made of its own words: a proposal to look at, never taken by itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from bot.alerts import Catalogue, Rule, judge
from bot.sources.channel import Reading, by_another_bot, by_this_bot, is_reply, reading_of
from bot.sources.reading import FIRING_WORDS, RESOLVED_WORDS, clip
from bot.sources.slack_text import flatten
from oncall.values import dataclass

Lines = tuple[tuple[str, str], ...]
"""(what, its value) pairs, in the order in which a person wants them."""
_SPOKEN = sorted((FIRING_WORDS | RESOLVED_WORDS) - {"up", "down", "open", "active", "ok"}, key=len, reverse=True)
_STATUS = re.compile(rf"\b(?:{'|'.join(_SPOKEN)})\b", re.IGNORECASE)
_SEVERITY = re.compile(r"\b(?:P[0-2]|critical|warning|error)\b", re.IGNORECASE)
_NUMBER = r"(?<![\w.-])[-+]?\d[\d.,]*(?:e[-+]?\d+)?"
_MEASURED = re.compile(rf"{_NUMBER} ?(?:%|[kMGT]i?B|B|ms)(?!\w)")
_VALUE = re.compile(rf"{_MEASURED.pattern}|{_NUMBER}(?![\w-])")
_PARTS = (
    ("status", _STATUS, r"\w+"),
    ("severity", _SEVERITY, r"\w+"),
    ("value", _VALUE, r"[-+]?\d[\d.,]* ?[%A-Za-z]{0,3}"),
)


@dataclass(frozen=True, slots=True)
class Read:
    """What a post is to the bot."""

    head: str
    lines: Lines
    found: bool
    proposal: str = ""
    """A pattern that would read it; empty where one does."""


def post_of(text: str) -> dict[str, Any]:
    """A message of another app with that text, as Slack tells of it."""
    return {"type": "message", "subtype": "bot_message", "bot_id": "B0", "ts": "1.0", "text": text}


def explain_post(
    event: dict[str, Any], patterns: Sequence[re.Pattern[str]], known: Catalogue, own: Collection[str] = ()
) -> Read:
    """A message as the bot reads it, or would if a tool had posted it: a person may ask about any. `own` are this bot's ids."""
    if by_this_bot(event, own):
        return Read("This bot wrote it, and it never reads its own posts: it opens nothing.", (), False)
    asked = {**event, "subtype": "bot_message", "bot_id": event.get("bot_id") or "B0"}
    rules, names = tuple(known.rules.values()), known.ignored | known.heartbeats.keys()
    reading = reading_of({**asked, "thread_ts": None}, patterns, rules, (), names)
    if reading is not None:
        return _told(reading, known, _never(event))
    text = flatten(event)
    proposal = proposed(text, tuple(known.rules.values()))
    return Read("Nothing in this post is read as an alert: it opens nothing.", (), False, proposal)


def _never(event: dict[str, Any]) -> str:
    """Why it is not read, whatever it says."""
    if not by_another_bot(event, ()):
        return "A person wrote it, and what people write is never read as an alert: it opens nothing."
    return "It stands in a thread, where nothing is read as an alert: it opens nothing." if is_reply(event) else ""


def _told(reading: Reading, known: Catalogue, never: str) -> Read:
    alert, judged = reading.alert, judge(reading.alert, known)
    what = judged.rule.name if judged.rule else "no rule of alerts.yml"
    value = judged.alert.value
    lines = [
        ("Rule", what),
        ("Says that it", "fires" if alert.status == "firing" else "is over"),
        ("Severity", judged.severity + (f", its own word is “{alert.severity}”" if alert.severity else "")),
        ("Value", value or "none"),
        ("Known by", clip(alert.key, 200)),
        ("Found by", clip(reading.by[0], 400)),
    ]
    if judged.complaint:
        lines.append(("Unclear", judged.complaint))
    head = f"Read as an alert of {what}, which {'fires' if alert.status == 'firing' else 'is over'}."
    if judged.beats:
        head = f"Read as the heartbeat {judged.beats}: while it fires, all is well, and nothing else is made of it."
    elif judged.ignored:
        head = f"Read, and nothing is made of it: {judged.ignored}."
    if never:
        head = f"{never} Posted by a tool it would be {head[:1].lower()}{head[1:]}"
    return Read(head, tuple(lines), True)


def proposed(text: str, rules: Sequence[Rule]) -> str:
    """A pattern made of the line that says most: its rule, status, severity and value as groups, the rest as it stands. Empty
    where no line says any of them."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    line = clip(max(lines, key=lambda each: (_telling(each, rules), -lines.index(each))), 300)
    places: list[tuple[int, int, str]] = []
    named = next((rule.name for rule in rules if rule.name in line), None)
    if named is not None:
        at = line.index(named)
        places.append((at, at + len(named), f"(?P<rule>{re.escape(named)})"))
    for name, pattern, group in _PARTS:
        if (found := _free(pattern, line, places)) is not None:
            places.append((*found.span(), f"(?P<{name}>{group})"))
    return _put_together(line, sorted(places)) if places else ""


def _free(pattern: re.Pattern[str], line: str, taken: Sequence[tuple[int, int, str]]) -> re.Match[str] | None:
    """What it finds where nothing else stands; a number with its unit before a bare one."""
    for each in (_MEASURED, pattern) if pattern is _VALUE else (pattern,):
        for found in each.finditer(line):
            if not any(start < found.end() and found.start() < end for start, end, _ in taken):
                return found
    return None


def _telling(line: str, rules: Sequence[Rule]) -> int:
    return 4 * any(rule.name in line for rule in rules) + sum(bool(pattern.search(line)) for _, pattern, _ in _PARTS)


def _put_together(line: str, places: Sequence[tuple[int, int, str]]) -> str:
    parts, at = [], 0
    for start, end, group in places:
        parts += [re.escape(line[at:start]), group]
        at = end
    return re.sub(r"\\([ #&~-])", r"\1", "".join([*parts, re.escape(line[at:])]))
