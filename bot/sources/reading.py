"""What every alert format shares: the result of reading, the notes taken on the way, and how one value becomes text, an
instant or a link.

Lenient on purpose: an alert that pages somebody is worth more than a tidy one. What was mended or left out is said in a
complaint; nothing here refuses a whole batch for one bad entry.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.alerts import Alert, Status
from oncall.values import dataclass

SUMMARY_LIMIT = 2_000
DESCRIPTION_LIMIT = 4_000
VALUE_LIMIT = 200
WORD_LIMIT = 200
"""Names and severities, in characters."""
LABEL_LIMIT = 4_096
LABELS_LIMIT = 100
KEY_LIMIT = 255
SOURCE_LIMIT = 500
URL_LIMIT = 3_000
LINKS_LIMIT = 10
COMPLAINTS_LIMIT = 50
LEFT_OUT = "left out, "
"""Begins the complaint about an entry that could not be read at all."""

FIRING_WORDS = frozenset(
    {"firing", "fire", "alerting", "alert", "trigger", "triggered", "problem", "open", "active", "down", "failed"}
)
RESOLVED_WORDS = frozenset(
    {"resolved", "resolve", "recovered", "recovery", "ok", "cleared", "clear", "closed", "normal", "inactive", "up"}
)


class SourceError(Exception):
    """This cannot be read as an alert. The text says why, for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a payload held. `unread` entries were left out; the complaints name them and whatever else was odd."""

    alerts: tuple[Alert, ...]
    complaints: tuple[str, ...] = ()
    unread: int = 0


class Notes:
    """Complaints gathered while reading: each said once, and no more of them than somebody would read."""

    __slots__ = ("_dropped", "_texts", "instants", "place")

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._dropped = 0
        self.instants: dict[str, datetime | None] = {}
        """Those read so far: the alerts of one post have few between them."""
        self.place = 0
        """Which entry of several is being read, from 1: put before every complaint, to say which it is about."""

    def add(self, text: str) -> None:
        text = f"alert {self.place}: {text}" if self.place else text
        if text in self._texts:
            return
        if len(self._texts) >= COMPLAINTS_LIMIT:
            self._dropped += 1
        else:
            self._texts[text] = None

    @property
    def count(self) -> int:
        return len(self._texts) + self._dropped

    def all(self) -> tuple[str, ...]:
        if self._dropped:
            return (*self._texts, f"… and {self._dropped} more complaints")
        return tuple(self._texts)


def read_each(entries: Sequence[Any], notes: Notes, read_one: Callable[[Any], Alert]) -> Read:
    """Read a batch: take what is readable, report the rest. `SourceError` if there were entries and none is readable."""
    alerts: list[Alert] = []
    unread = 0
    several = len(entries) > 1
    for number, entry in enumerate(entries, 1):
        if several:
            notes.place = number
        try:
            alerts.append(read_one(entry))
        except SourceError as error:
            unread += 1
            notes.add(f"{LEFT_OUT}{error}")
    notes.place = 0
    if unread and not alerts:
        raise SourceError(f"No alert in it is readable, so nothing was taken: {'; '.join(notes.all()[:5])}")
    return Read(tuple(alerts), notes.all(), unread)


_LAST_BLANK = re.compile(r"(.*\S)\s", re.DOTALL)


def kind_of(value: object) -> str:
    """The JSON name of a value's type, for complaints."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def text_of(value: object) -> str:
    """Any JSON value as text: strings as they are, `null` as nothing, the rest as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, RecursionError):
        return str(value)[:LABEL_LIMIT] if isinstance(value, int | float) else "(nested too deep to show)"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, the last of them an ellipsis if something was cut: at the last blank, if there is one.

    Secrets are masked later, when the configuration is at hand, and half of one is not recognized.
    """
    if len(text) <= limit:
        return text
    whole = _LAST_BLANK.match(text, 0, limit - 1)
    return (whole[1] if whole else text[: limit - 1]) + "…"


def word_of(value: object, limit: int = WORD_LIMIT) -> str:
    """A short text without blanks around it."""
    if value is None:
        return ""
    text = (value if type(value) is str else text_of(value)).strip()
    return text if len(text) <= limit else clip(text, limit)


def labels_of(raw: object, notes: Notes) -> dict[str, str]:
    """Labels as text. The usual case, all of them strings of a sane size, costs no copy."""
    if type(raw) is not dict:
        if raw is not None:
            notes.add(f"`labels` is {kind_of(raw)}, not an object: left out")
        return {}
    try:
        # Together within the limit of one: then each is, and this is the cheapest way to know that all are strings.
        sane = len("".join(raw.values())) <= LABEL_LIMIT and len("".join(raw)) <= WORD_LIMIT
    except TypeError:
        sane = False
    return raw if sane and len(raw) <= LABELS_LIMIT else _mended(raw, notes)


def _mended(raw: dict[str, Any], notes: Notes) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, value in raw.items():
        if len(labels) == LABELS_LIMIT:
            notes.add(f"{len(raw)} labels: only the first {LABELS_LIMIT} were kept")
            break
        if type(value) is not str:
            notes.add(f"label `{clip(name, 80)}` is {kind_of(value)}: kept as text")
        text = text_of(value)
        if len(text) > LABEL_LIMIT:
            notes.add(f"label `{clip(name, 80)}` was cut to {LABEL_LIMIT} characters")
        labels[clip(name, WORD_LIMIT)] = clip(text, LABEL_LIMIT)
    return labels


def instant(value: object) -> datetime | None:
    """An ISO 8601 text (any number of decimals) or Unix seconds or milliseconds as UTC. `None` for nothing and for Go's zero
    time, which means "not yet". Raises `ValueError` for anything else. Without an offset it is read as UTC."""
    if value is None or value == "":
        return None
    if type(value) is str:
        read = datetime.fromisoformat(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        read = _from_unix(value)
    else:
        raise ValueError(f"it is {kind_of(value)}")
    if read.year <= 1:
        return None
    if read.tzinfo is UTC:
        return read
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("it is beyond the calendar") from error


def _from_unix(value: float) -> datetime:
    """Numbers too large to be seconds of this millennium are milliseconds, as Datadog and JavaScript write them."""
    try:
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("it is beyond the calendar") from error


def instant_or_none(value: object, name: str, notes: Notes) -> datetime | None:
    """`instant`, with a complaint in place of the error."""
    if value is None:
        return None
    try:
        if type(value) is not str:
            return instant(value)
        if value not in notes.instants:
            notes.instants[value] = instant(value)
        return notes.instants[value]
    except ValueError:
        notes.add(f"`{name}` is no ISO 8601 time: “{clip(text_of(value), 60)}” was left out")
        return None


_NO_URL = re.compile(r'[ <>|"]')


def is_web_url(text: str) -> bool:
    """Whether a text is an http(s) URL that can stand in a message."""
    return (
        len(text) <= URL_LIMIT
        and text.startswith(("http://", "https://"))
        and text.isprintable()
        and _NO_URL.search(text) is None
    )


def url_or_none(value: object, name: str, notes: Notes) -> str | None:
    """An http(s) URL, or nothing and a complaint. An absent or empty one is no reason to complain."""
    if not value:
        return None
    if isinstance(value, str):
        if is_web_url(value):
            return value
        if is_web_url(value.strip()):
            return value.strip()
    notes.add(f"`{name}` is not an http(s) URL of at most {URL_LIMIT} characters: left out")
    return None


def short_key(text: str) -> str:
    """A dedup key of a size every index can hold; a longer one is replaced by its hash."""
    return text if len(text) <= KEY_LIMIT else hashlib.sha256(text.encode()).hexdigest()


def status_of(value: object, notes: Notes) -> Status:
    """What a sender's status means. An unknown word is taken as firing, and said: silence would be the worse mistake."""
    word = word_of(value).lower()
    if word in RESOLVED_WORDS:
        return "resolved"
    if word not in FIRING_WORDS:
        notes.add(f"unknown status “{clip(word, 40)}”: taken as firing")
    return "firing"
