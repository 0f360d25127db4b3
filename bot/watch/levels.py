"""The criteria of the document's levels: a plain limit, above what is usual, worse than usual, rising. Pure.

Each kind has its name, its question and its answer. It refuses to compare with what nobody knows: without weeks of samples nothing
is usual.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.formatting import spoken
from bot.watch.advice import figure, pace
from bot.watch.analysis import FEWEST_WEEKS, Baseline, pattern
from bot.watch.model import Criterion, Sample
from bot.watch.outcome import OWN, Answer, Figures, Found, Unknown
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of criterion."""

    name: str
    """The name of the alert, after that of its metric."""
    asks: Callable[[Criterion, Sample], str]
    limit: Callable[[Criterion, Sample], str]
    ask: Callable[[Criterion, Sample, Figures], Answer]


def kind_of(criterion: Criterion) -> Kind:
    return next(kind for name, kind in KINDS.items() if getattr(criterion, name) is not None)


def looks_at_usual(criterion: Criterion) -> bool:
    return criterion.above is None and criterion.below is None


def _usual(figures: Figures, metric: str) -> Baseline:
    found = figures.usual.get(metric)
    if found is None:
        raise Unknown(f"what is usual of {metric} at this hour is not known before {FEWEST_WEEKS} weeks of samples")
    return found


def _found(value: float, holds: bool, text: str) -> Answer:
    return {OWN: Found(value, text=text)} if holds else {}


def _above(criterion: Criterion, sample: Sample, figures: Figures) -> Answer:
    value, limit = figures.now(sample.name), criterion.above or 0.0
    text = f"{sample.name} is {figure(value, sample.unit)}, above {figure(limit, sample.unit)}"
    return _found(value, value > limit, text)


def _below(criterion: Criterion, sample: Sample, figures: Figures) -> Answer:
    value, limit = figures.now(sample.name), criterion.below or 0.0
    text = f"{sample.name} is {figure(value, sample.unit)}, below {figure(limit, sample.unit)}"
    return _found(value, value < limit, text)


def _above_usual(criterion: Criterion, sample: Sample, figures: Figures) -> Answer:
    value, usual = figures.now(sample.name), _usual(figures, sample.name)
    more = usual.above(value)
    text = (
        f"{sample.name} is {figure(value, sample.unit)}, {figure(more, sample.unit)} above what is usual at this hour"
        f" ({figure(usual.value, sample.unit)})"
    )
    return _found(value, more > (criterion.above_usual or 0.0), text)


def _worse(criterion: Criterion, sample: Sample, figures: Figures) -> Answer:
    value, usual = figures.now(sample.name), _usual(figures, sample.name)
    off = usual.off(value)
    if off is None:
        raise Unknown(f"{sample.name} is usually 0 at this hour: nothing is a percentage of that")
    worse = -off if criterion.good_when == "high" else off
    text = (
        f"{sample.name} is {figure(value, sample.unit)}, {worse:.0f} % worse than usual at this hour"
        f" ({figure(usual.value, sample.unit)})"
    )
    return _found(value, worse > (criterion.worse_by or 0.0), text)


def _rising(criterion: Criterion, sample: Sample, figures: Figures) -> Answer:
    value, span = figures.now(sample.name), criterion.rising_for
    since = figures.at - span if span else figures.at
    buckets = [each for each in figures.history.get(sample.name, ()) if each.at >= since]
    seen = pattern(buckets, since, figures.at)
    if seen is None or seen.trend is None or seen.covered < ENOUGH:
        raise Unknown(f"too little is known of {sample.name} to see where it goes")
    text = (
        f"{sample.name} is {figure(value, sample.unit)} and {pace(seen, sample.unit)} for {spoken(figures.at - since)}"
    )
    return _found(value, seen.trend.direction == "rising" and not _is_usual(figures, sample.name, value), text)


def _is_usual(figures: Figures, metric: str, value: float) -> bool:
    """Whether a rise only reaches what is usual at this hour of the week: the load of every morning is no leak."""
    usual = figures.usual.get(metric)
    off = usual.off(value) if usual is not None else None
    return off is not None and off <= ORDINARY


ENOUGH = 0.5
"""The part of the time that has to be known for a trend over it."""

ORDINARY = 10.0
"""How many percent above the usual figure are nothing out of the ordinary."""

KINDS: dict[str, Kind] = {
    "above": Kind(
        "beyond",
        lambda one, sample: f"{sample.name} > {one.above:g}",
        lambda one, sample: figure(one.above or 0.0, sample.unit),
        _above,
    ),
    "below": Kind(
        "under",
        lambda one, sample: f"{sample.name} < {one.below:g}",
        lambda one, sample: figure(one.below or 0.0, sample.unit),
        _below,
    ),
    "above_usual": Kind(
        "above_usual",
        lambda one, sample: (
            f"{sample.name} more than {figure(one.above_usual or 0, sample.unit)} above what is usual at this hour"
        ),
        lambda one, sample: f"{figure(one.above_usual or 0, sample.unit)} above usual",
        _above_usual,
    ),
    "worse_by": Kind(
        "degraded",
        lambda one, sample: f"{sample.name} more than {one.worse_by:g} % worse than usual at this hour",
        lambda one, sample: f"{one.worse_by:g} % worse than usual",
        _worse,
    ),
    "rising_for": Kind(
        "rising",
        lambda one, sample: f"{sample.name} rises over {spoken(one.rising_for) if one.rising_for else ''}",
        lambda one, sample: "a trend that is not upward",
        _rising,
    ),
}
"""Field of a criterion → its kind."""
