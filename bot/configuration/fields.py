"""The kinds of values in the files, and how each is read from what a person wrote.

Every refusal is a whole sentence that says how to write it. A value is refused here only for its own sake; what is wrong together
with another file is found by `crosscheck`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.alerts import PATTERN_SPAN
from bot.configuration.document import quoted
from bot.runbooks.fields import span_from
from oncall.calendar import WEEKDAYS, YEARS
from oncall.rota_problems import known_zone
from oncall.words import did_you_mean

OWN = "own"
"""The error type of the sentences written here; `shapes` shows them as they are."""
GROUPS = ("rule", "status", "severity", "value", "key")
"""The named groups that a pattern may have."""

MOST_DAYS = 3_650
_EMAIL = r"[^@\s<>,;\"]+@[^@\s<>,;\"]+"
_HOST = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?|\$\{(?:OPENVINE_API_URL|CDN_TEST_URL|CDN_STATUS_URL)\}"
_CHANNEL = r"#[^\s#@,A-Z]{1,80}|[CG][A-Z0-9]{6,20}"
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_NOUGHT = re.compile(r"0+[smhd]?")


class Shape(BaseModel):
    """A mapping with exactly these keys. Values are not converted: `"5"` is no number, `5` is no text.

    Built when first needed, once: not by itself and again as a part of each shape around it.
    """

    model_config = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)


class Refusal(PydanticCustomError):
    """A fault in our own words, shown as it is."""

    def __new__(cls, text: str) -> Refusal:
        return super().__new__(cls, OWN, "{text}", {"text": text})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Refusal("must be text; put it in quotes if it is meant")
    if not value.strip():
        raise Refusal("is empty")
    return value.strip()


def span_of(value: object) -> timedelta:
    """`30s`, `5m`, `2h`, `1d`; zero is `0s`."""
    if not isinstance(value, bool) and _NOUGHT.fullmatch(str(value).strip()):
        return timedelta(0)
    span = span_from(value)
    if span is None:
        raise Refusal(f"{quoted(value)} is not a duration; write it like 30s, 5m, 2h or 1d (at most a year)")
    return span


def _longer_than_nothing(value: object) -> timedelta:
    span = span_of(value)
    if not span:
        raise Refusal("must be longer than nothing; write it like 30s, 5m, 2h or 1d")
    return span


def _days(value: object) -> timedelta:
    """`365d`: whole days, ten years at most."""
    found = re.fullmatch(r"([1-9]\d{0,3})d", str(value).strip())
    if found is None or int(found[1]) > MOST_DAYS:
        raise Refusal(f"{quoted(value)} is not a number of days; write it like 30d or 730d (at most {MOST_DAYS}d)")
    return timedelta(days=int(found[1]))


def _is_off(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() == "off"


def matching(form: str, advice: str, *, secret: bool = False) -> Callable[[object], str]:
    """Makes a check that a text has this form. A secret text is not repeated in the fault."""
    pattern = re.compile(form, re.ASCII)

    def check(value: object) -> str:
        text = _text(value)
        if not pattern.fullmatch(text):
            raise Refusal(advice if secret else f"{quoted(text)} {advice}")
        return text

    return check


def _url(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", text):
        raise Refusal(f"{quoted(text)} is not a web address; it begins with https://")
    return text


def _date(value: object) -> date:
    try:
        found = date.fromisoformat(_text(value))
    except ValueError:
        raise Refusal(f"{quoted(value)} is not a date; write it like 2024-01-01") from None
    if found.year not in YEARS:
        raise Refusal(f"{quoted(value)} is not between the years {YEARS[0]} and {YEARS[-1]}")
    return found


def clock_of(value: object) -> time:
    """`08:30`."""
    clock = _CLOCK.fullmatch(_text(value))
    if clock is None:
        raise Refusal(f"{quoted(value)} is not a time of day; write it like 08:30")
    return time(int(clock[1]), int(clock[2]))


def _handoff(value: object) -> tuple[int, time]:
    words = _text(value).split()
    clock = _CLOCK.fullmatch(words[-1])
    day = words[0].lower()
    names = [name.lower() for name in WEEKDAYS]
    if len(words) != 2 or not clock:
        raise Refusal(f"{quoted(value)} is not a weekly time; write it like “monday 09:00”")
    if day not in names:
        raise Refusal(f"{quoted(words[0])} is not a weekday{did_you_mean(day, names)} (monday to sunday)")
    return names.index(day), time(int(clock[1]), int(clock[2]))


def _time_of_day(value: object) -> time | None:
    """`08:00`, or `off`."""
    text = _text(value)
    clock = _CLOCK.fullmatch(text)
    if text.lower() != "off" and clock is None:
        raise Refusal(f"{quoted(text)} is not a time of day; write it like 08:00, or off")
    return time(int(clock[1]), int(clock[2])) if clock else None


def _pattern(value: object) -> re.Pattern[str]:
    """Compiled. It is matched on the first 4,000 characters of a text (`bot.alerts.PATTERN_SPAN`) and no further."""
    text = _text(value)
    if len(text) > PATTERN_SPAN:
        raise Refusal(f"is a pattern of more than {PATTERN_SPAN:,} characters")
    try:
        found = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise Refusal(f"is not a regular expression: {error}") from None
    for group in found.groupindex:
        if group not in GROUPS:
            raise Refusal(f"has an unknown group “{group}”{did_you_mean(group, GROUPS)} (known: {', '.join(GROUPS)})")
    return found


def _zone(value: object) -> str:
    if not isinstance(value, str) or not known_zone(value.strip()):
        guess = did_you_mean(str(value), available_timezones())
        raise Refusal(f"there is no time zone {quoted(value)}{guess} (names look like Europe/Berlin)")
    return value.strip()


def as_list(value: Any) -> Any:
    """A single item may be written without its list."""
    return value if isinstance(value, list) else [value]


Text = Annotated[str, BeforeValidator(_text)]
Span = Annotated[timedelta, BeforeValidator(span_of)]
Days = Annotated[timedelta, BeforeValidator(_days), WithJsonSchema({"type": "string"})]
SpanOrOff = Annotated[
    timedelta | None,
    BeforeValidator(lambda value: None if _is_off(value) else _longer_than_nothing(value)),
    WithJsonSchema({"type": ["string", "integer"]}),
]
LongSpan = Annotated[timedelta, BeforeValidator(_longer_than_nothing)]
Email = Annotated[str, BeforeValidator(matching(_EMAIL, "is not an email address"))]
Url = Annotated[str, BeforeValidator(_url)]
Host = Annotated[
    str,
    BeforeValidator(matching(_HOST, "is not a host; write its name alone, without https:// and path, in lower case")),
]
Channel = Annotated[
    str,
    BeforeValidator(
        matching(_CHANNEL, "is not a channel; write its name in quotes, “#video-alerts”, or its id, C0123ABCD")
    ),
]
Day = Annotated[date, BeforeValidator(_date)]
Handoff = Annotated[tuple[int, time], BeforeValidator(_handoff), WithJsonSchema({"type": "string"})]
Clock = Annotated[time, BeforeValidator(clock_of), WithJsonSchema({"type": "string"})]
TimeOfDay = Annotated[time | None, BeforeValidator(_time_of_day), WithJsonSchema({"type": "string"})]
Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
Patterns = Annotated[list[Pattern], BeforeValidator(as_list)]
Zone = Annotated[str, BeforeValidator(_zone)]
Severity = Literal["P0", "P1", "P2"]
