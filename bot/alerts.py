"""What an alert is, whatever format it came in, and which rule of `alerts.yml` it belongs to.

Pure: a source (`bot/sources/`) makes `Alert`s from a payload, `bot/incidents/` decides what they do.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from re import Pattern
from typing import Literal

from bot.wording import Wording, number_in
from oncall.values import dataclass, field, replace

Severity = Literal["P0", "P1", "P2"]
Status = Literal["firing", "resolved", "expired"]
"""`expired`: nobody said that it is over, it was only not heard of for longer than its sender said it holds."""
SEVERITIES: tuple[Severity, ...] = ("P0", "P1", "P2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One condition at one moment. `source` and `key` together name the condition; `starts_at` names its episode."""

    source: str
    """Who says so: `alertmanager:<externalURL>`, `api`, `slack:<bot>` …"""
    key: str
    """The dedup key: Alertmanager's fingerprint, the sender's key, or a hash of the labels or the summary."""
    status: Status
    summary: str
    severity: str | None = None
    """As the sender wrote it; `bot.alerts.severity_of` reads it."""
    rule: str | None = None
    name: str | None = None
    """The alertname, if the sender has one."""
    description: str = ""
    value: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()
    """(text, URL) pairs; only http(s) URLs."""
    runbook_url: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    group: str = ""
    """The group it was sent in, where its sender groups alerts."""
    left_out: int = 0
    """How many alerts of that group were cut off the message."""
    graded: bool = False
    """Its severity is what the configuration says of this very value: the rule's is not put over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A rule's severity beyond a value: `below 70` → P0, say."""

    severity: Severity
    above: float | None = None
    below: float | None = None

    def met_by(self, value: float) -> bool:
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of `alerts.yml`: the document's own alert shape, and what the bot adds to it."""

    name: str
    severity: Severity | None = None
    grades: tuple[Grade, ...] = ()
    query: str = ""
    hold: timedelta | None = None
    """The document's `for:`."""
    message: str = ""
    runbook_url: str = ""
    runbook: str | None = None
    """The id of the runbook in `config/runbooks/`."""
    respond_within: timedelta | None = None
    title: str = ""
    threshold: str = ""
    unit: str = ""
    patterns: tuple[Pattern[str], ...] = ()
    """Matched against the summary of alerts that name no rule, and against channel messages; named groups
    `rule, status, severity, value, key`."""
    wording: Wording | None = None
    """How its `message` reads once a sender has filled it in: that is where the value stands that Prometheus names nowhere else."""
    ours: bool = False
    """Not in the document: added because the document has a procedure for it but no rule."""
    evaluate: Literal["bot", "others"] | None = None
    """Who evaluates its query; `None`: the bot, if it can."""
    group_key: str = ""
    """Rules with the same one share an incident."""
    group_by: tuple[str, ...] = ()
    """Labels whose values tell incidents of the rule apart."""
    flap_window: timedelta | None = None
    """Its own, instead of bot.yml's."""
    belongs_to: str | None = None
    """Of a threshold or a level: the rule whose incident it opens."""

    @property
    def family(self) -> str:
        """Alerts of one family are one incident."""
        return self.belongs_to or self.name

    def speaks_in(self, text: str) -> bool:
        """Whether the text is this rule's, by its patterns or its own message."""
        own = self.wording is not None and self.wording.telling and self.wording.find(text) is not None
        return own or any(pattern.search(text) for pattern in self.patterns)


HEARTBEAT = "heartbeat"
"""The source of the bot's own alert that something was not heard of."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What has to say that it lives: an alert of this name that fires, or a call of `/heartbeat/NAME`."""

    name: str
    within: timedelta
    severity: Severity = "P1"


Meaning = Severity | Literal["ignore"]
"""What a sender's severity word means here."""
_CALLED: Mapping[Meaning, str] = {
    "P0": "p0 critical page fatal emergency emerg disaster blocker urgent sev0 sev1 sev-0 sev-1 s0 s1",
    "P1": "p1 error err high major severe sev2 sev-2 s2",
    "P2": "p2 p3 p4 p5 warning warn average medium moderate minor low info information informational notice"
    " sev3 sev4 sev5 sev-3 sev-4 sev-5 s3 s4",
    "ignore": "none",  # the word of alerts that fire all the time to show that alerting lives
}
SEVERITY_WORDS: Mapping[str, Meaning] = {word: meaning for meaning, words in _CALLED.items() for word in words.split()}
"""What senders call their severities, in lower case. `severities:` of bot.yml adds to them and comes first."""
SOURCE_BYTES, KEY_BYTES = 1_500, 1_020
"""How much of its identity an alert is known by. Together they are one row of an index, of which PostgreSQL takes 2,704 bytes:
a longer one could never be written, however often it was sent."""
PATTERN_SPAN = 4_000
"""Characters of a text that patterns are matched on: a bound on what a slow pattern can cost."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What alerts are judged by: the rules by name, what severity words mean, and which alerts are none of ours."""

    rules: Mapping[str, Rule]
    severities: Mapping[str, Meaning] = field(default_factory=lambda: SEVERITY_WORDS)
    ignored: frozenset[str] = frozenset()
    heartbeats: Mapping[str, Heartbeat] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """An alert with the rule it belongs to, the severity it has, and whatever had to be said about that."""

    alert: Alert
    rule: Rule | None
    severity: Severity
    join_key: str
    """Alerts with the same join key share one open incident."""
    complaint: str | None = None
    ignored: str | None = None
    """Why nothing is made of it, if the configuration says so."""
    beats: str = ""
    """The heartbeat it is: that it fires means that all is well, and nothing else is made of it."""


def judge(alert: Alert, known: Catalogue) -> Judged:
    """Find the rule and the severity of an alert. Never refuses: an unknown severity is P1, and said."""
    if len(alert.source) > SOURCE_BYTES // 4 or len(alert.key) > KEY_BYTES // 4:
        alert = replace(alert, source=indexable(alert.source, SOURCE_BYTES), key=indexable(alert.key, KEY_BYTES))
    rule = rule_of(alert, known.rules)
    if rule is not None:
        alert = with_its_value(alert, rule)
    severity, complaint = severity_of(alert, rule, known.severities)
    ignored = _ignored(alert, severity, known)
    shown: Severity = "P2" if severity == "ignore" else severity
    beats = _beats(alert, known) if known.heartbeats else ""
    join_key = _join_key(alert, rule, known.rules)
    return Judged(alert, rule, shown, join_key, None if beats else complaint, ignored, beats)


def _beats(alert: Alert, known: Catalogue) -> str:
    names = (alert.rule, alert.name) if alert.source != HEARTBEAT else ()
    return next((name for name in names if name in known.heartbeats), None) or ""


def without_secrets(alert: Alert, mask: Callable[[str], str]) -> Alert:
    """The alert with whatever its sender should not have typed into it masked: its texts are shown and kept. What it is known by
    (rule, alertname, key) stays as it is."""
    texts = [alert.summary, alert.description, alert.value or "", alert.severity or "", alert.runbook_url or ""]
    texts += (*alert.labels.values(), *(url for _, url in alert.links))
    whole = "\n".join(texts)
    if mask(whole) == whole:
        return alert  # nearly always, and a fifth of the price
    return replace(
        alert,
        summary=mask(alert.summary),
        description=mask(alert.description),
        value=alert.value and mask(alert.value),
        severity=alert.severity and mask(alert.severity),
        labels={name: mask(value) for name, value in alert.labels.items()},
        links=tuple((text, mask(url)) for text, url in alert.links),
        runbook_url=alert.runbook_url and mask(alert.runbook_url),
    )


def with_its_value(alert: Alert, rule: Rule) -> Alert:
    """With its value as its own words have it, where it names none and its rule says how they read."""
    if alert.value is not None or rule.wording is None:
        return alert
    said = rule.wording.find(alert.summary)
    if said is None and alert.description:
        said = rule.wording.find(alert.description[:PATTERN_SPAN])
    return alert if said is None else replace(alert, value=said.value)


def _ignored(alert: Alert, severity: Meaning, known: Catalogue) -> str | None:
    if alert.source == HEARTBEAT:
        return None  # that the alert itself is ignored does not mean that its silence is
    name = next((name for name in (alert.rule, alert.name) if name in known.ignored), None)
    if name is not None:
        return f"{name} is ignored, as bot.yml has it under `ignore`"
    if severity == "ignore":
        return (
            f"its severity “{(alert.severity or '')[:40]}” means that nobody is to be called (`severities` in bot.yml)"
        )
    return None


def rule_of(alert: Alert, rules: Mapping[str, Rule]) -> Rule | None:
    """The rule named by the alert, else by its alertname, else the first whose pattern matches its summary."""
    for name in (alert.rule, alert.name):
        if name and name in rules:
            return rules[name]
    if alert.rule or alert.name:
        return None
    text = alert.summary[:PATTERN_SPAN]
    return next((rule for rule in rules.values() if rule.speaks_in(text)), None)


def severity_of(
    alert: Alert, rule: Rule | None, words: Mapping[str, Meaning] = SEVERITY_WORDS
) -> tuple[Meaning, str | None]:
    """The rule's severity (sharpened by its grades), else the alert's own word for it, else P1 with a complaint."""
    if rule is not None and rule.severity is not None and not alert.graded:
        return severity_by_rule(rule, rule.severity, alert.value), None
    if not alert.severity:
        return "P1", f"no severity given for “{alert.summary[:80]}”: taken as P1"
    known = words.get(alert.severity.strip().lower())
    if known is None:
        return "P1", f"unknown severity “{alert.severity[:40]}”: taken as P1"
    return known, None


def severity_by_rule(rule: Rule, own: Severity, value: str | None) -> Severity:
    """Its own severity, sharpened by its grades."""
    return min([own, *_grades_met(rule, number_in(value))]) if rule.grades else own


def _grades_met(rule: Rule, value: float | None) -> Iterable[Severity]:
    if value is None:
        return
    for grade in rule.grades:
        if grade.met_by(value):
            yield grade.severity


def _join_key(alert: Alert, rule: Rule | None, rules: Mapping[str, Rule]) -> str:
    if rule is not None:
        family = rules.get(rule.family, rule)
        key = f"group:{family.group_key}" if family.group_key else f"rule:{rule.family}"
        apart = "".join(f" {name}={alert.labels.get(name, '')}" for name in family.group_by)
        return indexable(key + apart, KEY_BYTES)
    return f"alert:{alert.source}:{alert.name or alert.key}"


@dataclass(frozen=True, slots=True)
class TopLabel:
    """What most of several alerts say under one label."""

    name: str
    value: str
    count: int
    """How many of them say so."""
    others: int
    """How many other values there are."""


def top_labels(alerts: Sequence[Mapping[str, str]]) -> tuple[TopLabel, ...]:
    """The most common value of each label, what the alerts agree on first."""
    values: dict[str, Counter[str]] = {}
    for labels in alerts:
        for name, value in labels.items():
            values.setdefault(name, Counter())[value] += 1
    found = [TopLabel(name, *counted.most_common(1)[0], len(counted) - 1) for name, counted in values.items()]
    return tuple(sorted(found, key=lambda top: (top.others, -top.count, top.name)))


def indexable(text: str, limit: int) -> str:
    """A text that an index holds: as it is up to so many bytes of UTF-8, else its beginning and a hash of the whole."""
    raw = text.encode(errors="replace")
    if len(raw) <= limit:
        return text
    digest = hashlib.sha256(raw).hexdigest()[:16]
    return f"{raw[: limit - len(digest) - 3].decode(errors='ignore')}…{digest}"


def dedup_key(labels: Mapping[str, str], summary: str) -> str:
    """The key of an alert whose sender gave none: a hash of its labels, or of its summary if it has none."""
    text = "\x00".join(map("\x01".join, sorted(labels.items()))) if labels else summary
    return hashlib.sha256(text.encode()).hexdigest()[:16]
