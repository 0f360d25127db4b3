"""What the figures suggest to do, each suggestion with its reason. Pure.

It refuses to advise on a single reading: what it suggests has been so for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from bot.watch.analysis import Pattern
from bot.watch.model import Sample, Threshold
from bot.watch.series import Bucket
from oncall.values import dataclass

LEAK_FOR = timedelta(minutes=5)
SOON = timedelta(hours=6)
"""Anything that a trend reaches later than this is no reason to act now."""
OFTEN = 10.0
"""Percent of the time."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One recommendation."""

    what: str
    why: str


def leak(controllers: Sequence[Bucket], ready: Sequence[Bucket]) -> Advice | None:
    """More controllers than ready videos during all of the last minutes: the document's sign of a leak."""
    there = {each.at: each.mean for each in ready}
    both = [(each.mean, there[each.at]) for each in controllers if each.at in there]
    last = both[-max(1, int(LEAK_FOR / timedelta(minutes=1))) :]
    if len(last) < int(LEAK_FOR / timedelta(minutes=1)) or not all(many > few for many, few in last):
        return None
    many, few = last[-1]
    why = f"{many:g} controllers for {few:g} ready videos, for {len(last)} minutes: some are not disposed of"
    return Advice("Look for a controller leak; an emergency clean-up frees what has leaked", why)


def recommendations(
    patterns: Mapping[str, Pattern], samples: Mapping[str, Sample], limits: Mapping[str, Threshold]
) -> list[Advice]:
    """What the metrics that have a threshold suggest, the most pressing first."""
    found = [
        (place, each)
        for name, seen in patterns.items()
        if name in limits and name in samples
        for place, look in enumerate(_LOOKS)
        for each in look(samples[name], seen, limits[name])
    ]
    return [each for _, each in sorted(found, key=lambda ranked: ranked[0])]


def _on_its_way(sample: Sample, seen: Pattern, limit: Threshold) -> Iterator[Advice]:
    """The figure moves towards its critical limit and will be there soon."""
    left = limit.critical - seen.latest
    if seen.trend is None or seen.trend.direction == "steady" or (left < 0) != limit.below or not seen.trend.per_second:
        return
    seconds = left / seen.trend.per_second
    if 0 < seconds <= SOON.total_seconds():
        why = f"{sample.name} is {figure(seen.latest, sample.unit)} and {pace(seen, sample.unit)}"
        yield Advice(f"{figure(limit.critical, sample.unit)} is reached in about {_about(seconds)}: act before", why)


def _critical(sample: Sample, seen: Pattern, limit: Threshold) -> Iterator[Advice]:
    if (share := seen.beyond.get("critical", 0.0)) > 0:
        worst = seen.least if limit.below else seen.peak
        word = "below" if limit.below else "above"
        why = f"{share:.0f} % of the time {word} {figure(limit.critical, sample.unit)}, at worst {figure(worst, sample.unit)}"
        yield Advice(f"Look into {sample.name}: it was critical", why)


def _often_near(sample: Sample, seen: Pattern, limit: Threshold) -> Iterator[Advice]:
    share = seen.beyond.get("warning", 0.0)
    if share >= OFTEN and not seen.beyond.get("critical"):
        word = "below" if limit.below else "above"
        why = f"{share:.0f} % of the time {word} {figure(limit.warning, sample.unit)}"
        yield Advice(f"Give {sample.name} more room, or its warning another figure", why)


_LOOKS: tuple[Callable[[Sample, Pattern, Threshold], Iterator[Advice]], ...] = (_on_its_way, _critical, _often_near)


def figure(value: float, unit: str = "") -> str:
    """A value for people to read: `512.3 MB`, `0.42 %`, `5,012 ms`."""
    size = abs(value)
    shown = f"{value:,.0f}" if size >= 1000 or value == int(value) else f"{value:.1f}" if size >= 10 else f"{value:.2g}"
    return f"{shown} {unit}".rstrip()


def pace(seen: Pattern, unit: str) -> str:
    """`rising 1.6 MB/s`: per the shortest unit of time that shows a figure."""
    if seen.trend is None:
        return ""
    per, name = next(
        ((size, name) for size, name in _PACES if abs(seen.trend.per_second) * size >= 0.1),
        (_PACES[-1][0], _PACES[-1][1]),
    )
    return f"{seen.trend.direction} {figure(abs(seen.trend.per_second) * per, unit)}/{name}"


_PACES = ((1, "s"), (60, "min"), (3_600, "h"), (86_400, "day"))


def _about(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{max(1, minutes)} min" if minutes < 90 else f"{minutes / 60:.0f} h"
