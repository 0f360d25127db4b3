"""Fills in a rule's message, with numbers printed exactly as Prometheus prints them. Pure.

Somebody who compares the bot's text with Prometheus's must find the same one. It is a small writer on purpose, like its reader
(`bot.wording`): what it does not know it does not guess; the message is then given without it, and `check` says so. Source:
prometheus `template/template.go`, Go's `strconv.FormatFloat` and `fmt`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Never

from bot.errors import UserError

_PLACE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_LABEL = re.compile(r"\$labels\.(\w+)|\.Labels\.(\w+)")
_VALUES = ("$value", ".Value")
_PRINTF = re.compile(r'printf\s+(?:"([^"\\]*)"|`([^`]*)`)\s+(.+)', re.DOTALL)
_VERB = re.compile(r"%%|%([-+# 0]*\d*(?:\.\d+)?)([vfgeFGE])")
LARGE, SMALL = ("k", "M", "G", "T", "P", "E", "Z", "Y"), ("m", "u", "n", "p", "f", "a", "z", "y")


def filled(message: str, value: float, labels: Mapping[str, str] | None = None) -> str:
    """The message as Prometheus would print it. Raises `UserError` for what this writer does not know."""
    return _PLACE.sub(lambda place: _printed(place[1], value, labels or {}), message)


def unknown_in(message: str) -> str:
    """The parts of a message that this writer does not know; empty if it knows all."""
    try:
        filled(message, 1.0)
    except UserError as error:
        return str(error)
    return ""


def _printed(place: str, value: float, labels: Mapping[str, str]) -> str:
    head, *filters = (part.strip() for part in place.split("|"))
    if found := _PRINTF.fullmatch(head):
        return _formatted(found[1] or found[2] or "", _number(found[3].strip(), value))
    name, _, argument = head.partition(" ")
    if argument:
        head, filters = argument.strip(), [name, *filters]
    if label := _LABEL.fullmatch(head):
        return labels.get(label[1] or label[2], "") if not filters else _refuse(place)
    return _through(filters, _number(head, value))


def _number(word: str, value: float) -> float:
    return value if word in _VALUES else _refuse(word)


def _through(filters: list[str], value: float) -> str:
    if not filters:
        return go_float(value)
    if len(filters) > 1:
        return _refuse(" | ".join(filters))
    if filters[0].startswith("printf "):
        return _formatted(filters[0].removeprefix("printf ").strip().strip('"`'), value)
    write = FILTERS.get(filters[0])
    return write(value) if write else _refuse(filters[0])


def _refuse(what: str) -> Never:
    raise UserError(f"“{what}” in a message is more than the bot can fill in")


def _formatted(form: str, value: float) -> str:
    """Go's verbs for numbers; Python's are the same except for `%v`."""

    def one(found: re.Match[str]) -> str:
        if found[2] is None:
            return "%"
        return go_float(value) if found[2] == "v" else _go(f"%{found[1]}{found[2]}" % value)

    return _VERB.sub(one, form)


def go_float(value: float) -> str:
    """A float as Go prints it in `{{ $value }}`: the shortest exact form, with an exponent from a million on."""
    if not math.isfinite(value):
        return _go(repr(value))
    text = repr(float(value)).removesuffix(".0")
    if "e" in text or abs(value) < 1e6:
        return text
    digits = text.lstrip("-").replace(".", "").rstrip("0")
    return f"{value:.{len(digits) - 1}e}"


def _go(text: str) -> str:
    """Go's words for infinity and NaN."""
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(text.strip().lower(), text)


def four(value: float) -> str:
    """Four significant digits: Go's `%.4g`."""
    return _go(f"{value:.4g}")


def humanize(value: float) -> str:
    if value == 0 or not math.isfinite(value):
        return four(value)
    return _scaled(value, 1000, LARGE) if abs(value) >= 1 else _shrunk(value)


def humanize1024(value: float) -> str:
    if abs(value) <= 1 or not math.isfinite(value):
        return four(value)
    return _scaled(value, 1024, tuple(f"{letter}i" for letter in ("k", *LARGE[1:])))


def _scaled(value: float, step: int, letters: tuple[str, ...]) -> str:
    prefix = ""
    for letter in letters:
        if abs(value) < step:
            break
        prefix, value = letter, value / step
    return f"{four(value)}{prefix}"


def _shrunk(value: float) -> str:
    prefix = ""
    for letter in SMALL:
        if abs(value) >= 1:
            break
        prefix, value = letter, value * 1000
    return f"{four(value)}{prefix}"


def humanize_percentage(value: float) -> str:
    return f"{four(value * 100)}%"


def humanize_duration(value: float) -> str:
    """Seconds as `2h 3m 4s`."""
    if value == 0 or not math.isfinite(value):
        return f"{four(value)}s" if value == 0 else four(value)
    if abs(value) < 1:
        return f"{_shrunk(value)}s"
    sign, whole = "-" if value < 0 else "", int(abs(value))
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {seconds}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {seconds}s"
    return f"{sign}{minutes}m {seconds}s" if minutes else f"{sign}{four(abs(value))}s"


FILTERS: Mapping[str, Callable[[float], str]] = {
    "humanize": humanize,
    "humanize1024": humanize1024,
    "humanizePercentage": humanize_percentage,
    "humanizeDuration": humanize_duration,
}
"""The functions of a template that take a number."""
