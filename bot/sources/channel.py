"""Alerts that another tool writes into the Slack channel.

Only posts of bots and apps count, only root messages, new or edited to another text; what a person writes is never an alert,
and what this bot writes never is either, or it would page about its own cards. A post is read by the operator's patterns, with
the named groups `rule, status, severity, value, key`, and by each rule's own message.

A rule that a pattern names is one that exists; else the next pattern is asked. An alert of no rule is known by its alertname where
the configuration says anything of that: a heartbeat is one in the channel, too, and so is what is ignored. The key is what names,
in the post, the group of alerts that it is one message for: by it the later "resolved" finds its "firing". A status that no
pattern names is looked for in the whole post, because tools repeat their message when it is over.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from re import Match, Pattern
from typing import Any

from bot.alerts import PATTERN_SPAN, Alert, Rule, Status
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
from bot.sources.slack_text import attachments_of, flatten
from bot.wording import written_out
from oncall.values import dataclass

_NEW = (None, "bot_message", "file_share")
_UNNAMED = "{}"
"""The key of a group that its post does not name: Alertmanager's own word for the one group there is without `group_by`."""


@dataclass(frozen=True, slots=True)
class _Post:
    """What patterns are matched on: the text, and behind it where the titles lead, for some tools say there what it is about."""

    text: str
    links: str

    @property
    def searched(self) -> str:
        return f"{self.text}\n{self.links}"

    def line(self, start: int, end: int) -> str:
        """The line or lines of a find; the first line where a link gave it away."""
        if end > len(self.text):
            return self.text.split("\n", 1)[0]
        stop = self.text.find("\n", end)
        return self.text[self.text.rfind("\n", 0, start) + 1 : stop if stop >= 0 else len(self.text)]


@dataclass(frozen=True, slots=True)
class _Find:
    """One way in which a text was found to be an alert."""

    said: Mapping[str, str]
    """What each group says; one that is there and empty says so."""
    start: int
    end: int
    rule: Rule | None = None
    """The rule it is about, if there is such a rule."""
    about: str | None = None
    """The words of the rule's own message before its value, where it was found by that."""
    by: str = ""
    """The pattern that found it, or whose message did."""
    name: str = ""
    """The alertname among its words, where it is of no rule and the configuration knows that name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An alert in a post, and by what it was found: the first of these led."""

    alert: Alert
    by: tuple[str, ...]


def read_message(
    event: object,
    patterns: Sequence[Pattern[str]],
    rules: Sequence[Rule],
    own: Collection[str],
    names: Collection[str] = (),
) -> Alert | None:
    """The alert in a Slack `message` event, or nothing. `own` are this bot's ids: bot id, app id, user id. `names` are alertnames
    that mean something here besides the rules'."""
    reading = reading_of(event, patterns, rules, own, names)
    return reading.alert if reading is not None else None


def reading_of(
    event: object,
    patterns: Sequence[Pattern[str]],
    rules: Sequence[Rule],
    own: Collection[str],
    names: Collection[str] = (),
) -> Reading | None:
    """The same, with what it was found by."""
    event = scrub(event)
    message, before = _posted(event)
    if message is None or not by_another_bot(message, own) or is_reply(message):
        return None
    text = flatten(message)
    if before is not None and flatten(before) == text:
        return None  # an unfurled link or a reply counted: Slack sends these as edits too
    ts = message.get("ts")
    post = _Post(clip(text, PATTERN_SPAN), "\n".join(url for _, url in _links(message))[:PATTERN_SPAN])
    finds = _finds(post.searched, patterns, rules, names)
    if not finds or not isinstance(ts, str) or not ts:
        return None
    return Reading(_alert(message, ts, text, post, finds), tuple(dict.fromkeys(find.by for find in finds)))


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


def by_this_bot(message: Mapping[str, Any], own: Collection[str]) -> bool:
    profile = message.get("bot_profile")
    ids = [message.get("bot_id"), message.get("app_id"), message.get("user")]
    if isinstance(profile, dict):
        ids += [profile.get("id"), profile.get("app_id")]
    return any(isinstance(one, str) and one in own for one in ids)


def by_another_bot(message: Mapping[str, Any], own: Collection[str]) -> bool:
    if by_this_bot(message, own):
        return False
    return bool(message.get("bot_id") or message.get("app_id") or message.get("subtype") == "bot_message")


def is_reply(message: Mapping[str, Any]) -> bool:
    thread = message.get("thread_ts")
    return thread is not None and thread != message.get("ts")


def _finds(text: str, patterns: Sequence[Pattern[str]], rules: Sequence[Rule], names: Collection[str]) -> list[_Find]:
    """What leads stands first: a pattern that names a rule that exists or asks for none, then a rule's own words, then a
    pattern that names a rule that nobody knows."""
    by_name = {rule.name: rule for rule in rules}
    general = [_general(found, by_name, names, pattern) for pattern in patterns if (found := pattern.search(text))]
    known = [find for find in general if find.rule is not None]
    open_ = [find for find in general if find.rule is None and "rule" not in find.said]
    own = [find for rule in rules for find in _in_its_words(rule, text)]
    return [*known, *open_, *own, *(find for find in general if find not in known and find not in open_)]


def _general(found: Match[str], rules: Mapping[str, Rule], names: Collection[str], pattern: Pattern[str]) -> _Find:
    said, name = _said(found), ""
    named = rules.get(said.get("rule", ""))
    if named is None:
        # The names stand among a group's labels, in whatever order its sender sorts them.
        words = [word.strip(":.-") for word in re.findall(r"[\w:.-]+", found.group())]
        named = next((rules[word] for word in words if word in rules), None)
        name = "" if named is not None else next((word for word in words if word in names), "")
    return _Find(said, *found.span(), named, by=f"the pattern {pattern.pattern}", name=name)


def _in_its_words(rule: Rule, text: str) -> Iterator[_Find]:
    for pattern in rule.patterns:
        if found := pattern.search(text):
            yield _Find(_said(found), *found.span(), rule, by=f"the pattern of {rule.name}: {pattern.pattern}")
    if rule.wording is not None and rule.wording.telling and (own := rule.wording.find(text)):
        yield _Find({"value": own.value}, own.start, own.end, rule, own.about, f"the message of {rule.name}")


def _said(found: Match[str]) -> dict[str, str]:
    said = {name: value.strip() for name, value in found.groupdict().items() if value is not None}
    if "key" in said and found.re.flags & re.IGNORECASE:
        said["key"] = said["key"].casefold()  # what is found however it is spelled is the same thing
    return said


def _alert(message: dict[str, Any], ts: str, text: str, post: _Post, finds: Sequence[_Find]) -> Alert:
    lead = finds[0]
    rule = lead.rule or next((find.rule for find in finds if find.rule is not None), None)
    # The others add what the first does not say, if they are about the same rule.
    agreed = [find for find in finds if find is lead or (rule is not None and find.rule in (rule, None))]
    said = {name: value for find in reversed(agreed) for name, value in find.said.items() if value}
    key = _key(agreed, post)
    line = post.line(lead.start, lead.end)
    summary = clip(_MARK.sub("", line, count=1), SUMMARY_LIMIT)
    return Alert(
        source=f"slack:{word_of(message.get('bot_id') or message.get('app_id') or message.get('username'))}",
        key=short_key(key or ts),
        status=_status(lead, post),
        summary=summary,
        severity=word_of(said.get("severity")) or None,
        rule=rule.name if rule else word_of(said.get("rule")) or None,
        name=None if rule else next((find.name for find in agreed if find.name), None),
        description="" if text in (summary, line) else clip(text, DESCRIPTION_LIMIT),
        value=word_of(written_out(said.get("value", "")), VALUE_LIMIT) or None,
        links=tuple(_links(message))[:LINKS_LIMIT],
        # A tool that names its alerts posts each repeat as a new message, whose time begins nothing.
        starts_at=None if key else _sent_at(ts),
    )


def _key(finds: Sequence[_Find], post: _Post) -> str | None:
    """What names the group of alerts: what a pattern says, else the title over a rule's own words, else these words."""
    for find in finds:
        if find.about is None and "key" in find.said:
            return find.said["key"] or _UNNAMED
    own = next((find for find in finds if find.about is not None), None)
    if own is None:
        return None
    title = _TITLE.search(post.text[: own.start])
    return (title["rest"] if title else own.about or "").casefold() or None


_OVER = "resolved|recovered|cleared|closed|back to normal"
_ON = "firing|triggered|alerting|critical|warning|warn"
_MARK = re.compile(rf"^\W*\[(?:{_ON}|{_OVER})\b[^\]\n]*\][ \t]*(?=[^\s\[(])", re.IGNORECASE)
"""`[FIRING:2]` in front of what fires: how it stands is said elsewhere, and a title outlives it."""
_TITLE = re.compile(
    rf"^\W*(?:(?:re-)?(?:{_ON})|{_OVER}|ok|(?:re-)?no data)\s*:\s+(?P<rest>\S[^\n]*)\n", re.IGNORECASE | re.MULTILINE
)
"""`Triggered: [P1] Memory of app-1`, and later `Recovered: [P1] Memory of app-1` over the same message."""
_ANYWHERE = (
    rf"\[(?:(?P<over_in>{_OVER}|recovery|ok)|(?P<on_in>{_ON}|problem|down))\b[^\]\n]*\]"
    rf"|\bstatus\W{{1,4}}(?:(?P<over_as>{_OVER}|ok|clear|normal)|(?P<on_as>{_ON}|problem|open|down))\b"
    r"|\b(?-i:(?P<over_loud>RESOLVED|RECOVERED|RECOVERY|CLEARED))\b"
)
_SPOKEN = re.compile(_ANYWHERE, re.IGNORECASE)
_SPOKEN_BEFORE = re.compile(
    rf"{_ANYWHERE}"
    rf"|^\W*(?:(?P<over_led>{_OVER}|ok)|(?P<on_led>{_ON}|problem|down))\s*[:!,–—-]"
    rf"|\A\W*(?:\S+\s+){{0,5}}?(?<!not )(?:(?P<over_first>{_OVER})\b(?=\W*$|\s*[,:;!–—-]|\s+(?:after|in)\b)|(?P<on_first>{_ON})\b)",
    re.IGNORECASE | re.MULTILINE,
)
"""Before the alert's own words a status may also lead a line, or stand in a short first sentence: `app-1 recovered, …`. Behind
them such words are advice: `Recovery: restart the pod`."""


def _status(lead: _Find, post: _Post) -> Status:
    """The pattern's word for it, else the first that the post itself says where tools say it."""
    if word := lead.said.get("status"):
        return "resolved" if word.lower() in RESOLVED_WORDS else "firing"
    spoken = _SPOKEN_BEFORE.search(_before(lead, post)) or _SPOKEN.search(
        post.searched, min(lead.start, len(post.text))
    )
    return "resolved" if spoken is not None and (spoken.lastgroup or "").startswith("over") else "firing"


def _before(lead: _Find, post: _Post) -> str:
    """What stands before the alert and is about it: its own line, and where it is a rule's bare message, the titles above."""
    if lead.start > len(post.text):
        return post.text.split("\n", 1)[0]
    bare = lead.rule is not None and "rule" not in lead.said
    return post.text[0 if bare else post.text.rfind("\n", 0, lead.start) + 1 : lead.start]


def _sent_at(ts: str) -> datetime | None:
    try:
        return instant(float(ts))
    except ValueError:
        return None


def _links(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in attachments_of(message):
        url = one.get("title_link")
        if isinstance(url, str) and is_web_url(url):
            yield word_of(one.get("title")) or "Source", url
