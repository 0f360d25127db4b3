"""PromQL's functions over a range of readings, as Prometheus computes them. Pure.

Source: prometheus `promql/functions.go` (extrapolatedRate, linearRegression), version 2.42: a range holds both of its ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

Point = tuple[float, float]
"""(seconds, value)."""
Over = Callable[[Sequence[Point], float, float], float | None]
"""A function of the points, the end of the range and its length in seconds; `None` if there are too few points."""


def _extrapolated(points: Sequence[Point], at: float, span: float, *, counter: bool, rate: bool) -> float | None:
    """The change over the whole range: from the first to the last reading, extrapolated to the ends of the range if they are
    near."""
    if len(points) < 2:
        return None
    (first_at, first), (last_at, last) = points[0], points[-1]
    sampled = last_at - first_at
    change = last - first
    if counter:  # a counter that fell has been reset
        change += sum(before for (_, before), (_, after) in pairwise(points) if after < before)
    between = sampled / (len(points) - 1)
    to_start, to_end = first_at - (at - span), at - last_at
    if counter and change > 0 and first >= 0:
        to_start = min(to_start, sampled * (first / change))  # a counter is never below zero
    stretched = sampled + sum(gap if gap < between * 1.1 else between / 2 for gap in (to_start, to_end))
    change *= stretched / sampled
    return change / span if rate else change


def _rate(points: Sequence[Point], at: float, span: float) -> float | None:
    return _extrapolated(points, at, span, counter=True, rate=True)


def _increase(points: Sequence[Point], at: float, span: float) -> float | None:
    return _extrapolated(points, at, span, counter=True, rate=False)


def _delta(points: Sequence[Point], at: float, span: float) -> float | None:
    return _extrapolated(points, at, span, counter=False, rate=False)


def _deriv(points: Sequence[Point], at: float, span: float) -> float | None:
    """The slope by least squares."""
    if len(points) < 2:
        return None
    middle = sum(when for when, _ in points) / len(points)
    mean = sum(value for _, value in points) / len(points)
    spread = sum((when - middle) ** 2 for when, _ in points)
    return sum((when - middle) * (value - mean) for when, value in points) / spread


def _each(work: Callable[[Sequence[float]], float]) -> Over:
    def over(points: Sequence[Point], at: float, span: float) -> float | None:
        return work([value for _, value in points]) if points else None

    return over


RANGES: Mapping[str, Over] = {
    "rate": _rate,
    "increase": _increase,
    "delta": _delta,
    "deriv": _deriv,
    "avg_over_time": _each(lambda values: sum(values) / len(values)),
    "min_over_time": _each(min),
    "max_over_time": _each(max),
    "sum_over_time": _each(sum),
    "count_over_time": _each(lambda values: float(len(values))),
    "last_over_time": _each(lambda values: values[-1]),
}
