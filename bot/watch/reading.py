"""Takes one figure out of an answer, or says why there is none. Pure.

It refuses to repair: text instead of a number, a percentage where the file says ratio, NaN and infinity are all gaps.
"""

from __future__ import annotations

import math
import re
from typing import Any

from bot.runbooks.answer import Answer, headline, json_of, short
from bot.runbooks.paths import MISSING, dig
from bot.watch.model import Sample
from oncall.values import dataclass

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%?)\s*", re.ASCII)
_LONGEST = 60
"""The most characters that a text may have to be read as a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one metric was when it was read."""

    name: str
    value: float | None = None
    """`None` is a gap: nobody knows the value."""
    unit: str = ""
    why: str = ""
    """Why there is no value; empty if there is one."""
    known: bool = True
    """Whether monitoring.yml has a sample of this name at all."""


def gap(sample: Sample, why: str) -> Reading:
    """A reading without a value, with the reason."""
    return Reading(name=sample.name, unit=sample.unit, why=why)


def read_sample(sample: Sample, answer: Answer) -> Reading:
    """The sample's value in this answer of its endpoint."""
    if trouble := _unreadable(answer):
        return gap(sample, trouble)
    found = dig(json_of(answer), sample.path)
    if found is MISSING:
        return gap(sample, f"the answer holds no {sample.path}")
    value, trouble = _value(found, sample)
    return (
        gap(sample, f"{sample.path} {trouble}") if trouble else Reading(name=sample.name, value=value, unit=sample.unit)
    )


def _unreadable(answer: Answer) -> str:
    if answer.status is None:
        return answer.trouble
    if not 200 <= answer.status < 300:
        return headline(answer)
    if answer.cut:
        return "the answer is longer than is read"
    if json_of(answer) is MISSING:
        return f"the answer is no JSON{f' but {kind}' if (kind := answer.kind.partition(';')[0].strip()) else ''}"
    return ""


def _value(found: Any, sample: Sample) -> tuple[float, str]:
    """The value in the sample's unit, or what is wrong with it."""
    if sample.read == "flag":
        return float(found is True), "" if isinstance(found, bool) else f"is {_shown(found)}, neither true nor false"
    number, sign = _number(found)
    if number is None:
        return 0.0, f"is {_shown(found)}, no number"
    if not math.isfinite(number):
        return 0.0, f"is {_shown(found)}, which says nothing"
    if sign and sample.read != "percent":
        return 0.0, f"is {_shown(found)}, a percentage, and monitoring.yml says it is a {sample.read}"
    if sample.read == "ratio":
        outside = not 0 <= number <= 1
        return number * 100, f"is {_shown(found)}, no ratio between 0 and 1" if outside else ""
    return number, ""


def _number(found: Any) -> tuple[float | None, str]:
    """The number, and the percent sign if one follows it."""
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None, ""
    if isinstance(found, str):
        match = _NUMBER.fullmatch(found) if len(found) <= _LONGEST else None
        return (float(match[1]), match[2]) if match else (None, "")
    try:
        return float(found), ""
    except OverflowError:
        return math.inf, ""


def _shown(found: Any) -> str:
    return f"“{short(found)}”" if isinstance(found, str) else short(found)
