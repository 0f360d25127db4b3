"""How a rule's `message` reads once a sender has filled it in, and how numbers read as Go prints them.

A rule of Prometheus names its value in its message only (`… usage is {{ $value }}MB`), so the message's template is turned into
a pattern that finds the value again. A small reader on purpose: what it cannot follow (`{{ if }}`, `{{ range }}`, a duration in
words, a message without the value) has no wording, and the alert then has no value. Pure.
Source: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/
"""

from __future__ import annotations

import re
from decimal import Decimal
from re import Pattern

from oncall.values import dataclass

_GO = r"[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|Inf)|NaN"
"""A float as Go's `%v`, `%g` and `%.2f` write it."""
_GROUPED = r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_LARGE = {letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPEZY", 1)}
_LARGE |= {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("kMGTPEZY", 1)}
_SCALES = _LARGE | {letter: Decimal(1000) ** -power for power, letter in enumerate("mun", 1)}
"""What `humanize` and `humanize1024` put behind a number."""


def _any_of(names: dict[str, Decimal]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_NUMBER = re.compile(rf"(?P<number>{_GROUPED}|{_GO})(?:(?P<scale>(?-i:{_any_of(_LARGE)}))(?![A-Za-z]))?", re.IGNORECASE)
_PLACE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_BEYOND = re.compile(r"(?:if|else|end|range|with|define|template|block)\b|.*humanize(?:Duration|Timestamp)", re.DOTALL)
_VALUE = re.compile(r"\$value\b|(?<![\w$])\.Value\b")
_PRINTF = re.compile(r'printf\s+(?:"(?P<quoted>[^"\\]*)"|`(?P<raw>[^`]*)`)')
_VERB = re.compile(r"%[-+# 0]*\d*(?:\.\d+)?[vfgeFGEds]")
_UNIT = re.compile(
    r"[^\s\d.,;:()\[\]{}<>|\"'\0–—-]{1,12}(?![^\s.,;:()\[\]|/\0–—-])|\s(?:%|[kKMGT]?i?B(?:/s)?|ms|s)(?!\w)"
)
_LINKING = re.compile(r"(?:\s+(?:is|was|at|of|to|has|now|reached))?[\s:=]*$", re.IGNORECASE)
_HOLE = "\0"
"""Stands where a message names a label or anything else that is not known here."""
_UNKNOWN = r"[^\n]{0,200}?"
_LONGEST_EXPONENT = 18
_TELLING = 10
"""Letters of its own that a message needs before a text is taken for it: `{{ $value }}%` would be found everywhere."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a filled-in message says, and where in the text."""

    value: str
    """With its unit, the number written out: `1e+06ms` is `1000000ms`."""
    about: str
    """Its words before the value, which name what the value is of."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wording:
    """A rule's message as a pattern."""

    pattern: Pattern[str]
    telling: bool
    """Whether it is specific enough to know the rule by it."""

    def find(self, text: str) -> Said | None:
        """The message in a text that holds it."""
        found = self.pattern.search(text)
        if found is None:
            return None
        value = _plain(found["number"], found["scale"]) + found["unit"]
        return Said(value, found["about"].strip(), *found.span())


def wording_of(message: str) -> Wording | None:
    """The wording of a rule's message; `None` where it names no value or is beyond this reader."""
    parts = _PLACE.split(message)
    texts, places = parts[::2], parts[1::2]
    at = next((place for place, inside in enumerate(places) if _VALUE.search(inside)), None)
    if at is None or any(_BEYOND.match(inside) for inside in places):
        return None
    head, tail = _printed(places[at])
    before, after = _HOLE.join(texts[: at + 1]) + head, tail + _HOLE.join(texts[at + 1 :])
    unit = _UNIT.match(after)
    rest = after[unit.end() :] if unit else after
    about = _LINKING.sub("", before)
    enough = _letters(before) >= _TELLING
    shown = r"\s?" + _flexible(unit.group().strip()) if unit else ""
    pattern = (
        rf"(?P<about>{_flexible(about)}){_flexible(before[len(about) :])}{_number(places[at])}"
        rf"(?P<unit>{shown}){'' if enough else _flexible(rest)}"
    )
    return Wording(re.compile(pattern, re.IGNORECASE), enough or _letters(before + rest) >= _TELLING)


def _printed(place: str) -> tuple[str, str]:
    """What is written around the number itself."""
    formatted = _PRINTF.search(place)
    if formatted is None:
        return "", "%" if "humanizePercentage" in place else ""
    parts = _VERB.split((formatted["quoted"] or formatted["raw"] or "").replace("%%", "\1"))
    return tuple(part.replace("\1", "%") for part in (parts[0], _HOLE.join(parts[1:])))  # type: ignore[return-value]


def _number(place: str) -> str:
    scales = _any_of(_SCALES) if re.search(r"humanize(?:1024)?(?!\w)", place) else ""
    return rf"(?P<number>{_GO})(?P<scale>(?-i:{scales})?)"


def _flexible(text: str) -> str:
    """The text as a pattern: any blanks for blanks, anything short for what is unknown."""
    pieces = re.split(rf"(\s+|{_HOLE})", text)
    return "".join(_UNKNOWN if one == _HOLE else r"\s+" if one.isspace() else re.escape(one) for one in pieces)


def _letters(text: str) -> int:
    return sum(sign.isalpha() for sign in text)


def number_in(text: str | None) -> float | None:
    """The first number in a value such as `812.4MB`, `3.2 %`, `1.5e+04%`, `12,000` or `1.2k`."""
    found = _NUMBER.search(text or "")
    if found is None or found["number"].lower() == "nan":
        return None
    number = float(found["number"].replace(",", ""))
    return number * float(_SCALES[found["scale"]]) if found["scale"] else number


def written_out(text: str) -> str:
    """A value with its first number written out where Go wrote it with an exponent; anything else as it is."""
    found = _NUMBER.search(text)
    if found is None or "," in found["number"]:
        return text
    return text[: found.start("number")] + _plain(found["number"], "") + text[found.end("number") :]


def _plain(number: str, scale: str) -> str:
    """Without an exponent, as long as that is still a number that somebody reads."""
    exponent = number.lower().partition("e")[2]
    if not number[-1].isdigit() or not (exponent or scale) or abs(int(exponent or 0)) > _LONGEST_EXPONENT:
        return number + scale
    return f"{(Decimal(number) * _SCALES.get(scale, Decimal(1))).normalize():f}"
