"""PromQL's operators and its functions of one value, with Go's arithmetic: a division by zero is infinite or NaN, no error.
Pure."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping

Value = float | None
"""`None` is Prometheus's empty answer: there is no value, or a comparison that does not hold."""


def _divided(one: float, other: float) -> float:
    if other:
        return one / other
    return math.nan if not one or math.isnan(one) else math.copysign(math.inf, one) * math.copysign(1, other)


def _power(one: float, other: float) -> float:
    try:
        return math.pow(one, other)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _or_nan(work: Callable[[float], float]) -> Callable[[float], float]:
    def ask(value: float) -> float:
        try:
            return float(work(value))
        except (ValueError, OverflowError):
            return math.nan

    return ask


COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": lambda one, other: math.fmod(one, other) if other and math.isfinite(one) else math.nan,
    "^": _power,
}
SETS: Mapping[str, Callable[[Value, Value], Value]] = {
    "and": lambda one, other: one if other is not None else None,
    "or": lambda one, other: one if one is not None else other,
    "unless": lambda one, other: one if other is None else None,
}
PLAIN: Mapping[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": _or_nan(math.ceil),
    "floor": _or_nan(math.floor),
    "sqrt": _or_nan(math.sqrt),
    "ln": _or_nan(math.log),
    "exp": _or_nan(math.exp),
}
