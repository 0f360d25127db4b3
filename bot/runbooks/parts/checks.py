"""What a good value is: `{metric: video_memory_mb, below: 800}`. Used after a change, while watching, and between stages.

It does not know where a metric comes from; the names are those of `monitoring.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from bot.runbooks.fields import Fields, Path
from oncall.values import dataclass

DEFAULT_WITHIN = timedelta(minutes=10)
DEFAULT_HOLD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Check:
    """A metric and where it has to be. At least one limit is set."""

    metric: str
    above: float | None = None
    below: float | None = None

    def met(self, value: float) -> bool:
        return (self.above is None or value > self.above) and (self.below is None or value < self.below)

    @property
    def limit(self) -> float:
        found = self.below if self.below is not None else self.above
        return found if found is not None else 0.0

    def spoken(self) -> str:
        """`below 800`."""
        words = [f"above {self.above:g}"] if self.above is not None else []
        words += [f"below {self.below:g}"] if self.below is not None else []
        return " and ".join(words)


@dataclass(frozen=True, slots=True)
class Verify:
    """After a change, every check has to be met within a time, and to stay met for a moment."""

    checks: tuple[Check, ...]
    within: timedelta = DEFAULT_WITHIN
    hold: timedelta = DEFAULT_HOLD


LIMITS = ("metric", "above", "below")
"""The keys of one check."""


def parse_check(fields: Fields) -> Check | None:
    """The check whose keys stand in this mapping, perhaps among others."""
    metric = fields.text("metric", required=True)
    above, below = fields.number("above"), fields.number("below")
    if above is None and below is None:
        fields.wrong(None, "a check needs “above” or “below”: the limit on the good side of which the value has to be.")
    if above is not None and below is not None and above >= below:
        fields.wrong("above", f"no value is above {above:g} and below {below:g}.")
    return Check(metric, above, below) if metric else None


def parse_one_or_more(fields: Fields) -> tuple[Check, ...]:
    """Several `checks`, or one whose keys stand in the mapping itself."""
    if "checks" in fields.data:
        return parse_checks(fields)
    one = parse_check(fields)
    return (one,) if one else ()


def parse_checks(fields: Fields, key: str = "checks") -> tuple[Check, ...]:
    """A list of checks at `key`."""
    found = []
    for index, _ in enumerate(fields.items(key)):
        inner = fields.inner(key, index)
        if inner is None:
            continue
        inner.only(LIMITS, "a check")
        if (check := parse_check(inner)) is not None:
            found.append(check)
    return tuple(found)


def parse_verify(fields: Fields) -> Verify | None:
    """`verify: {metric, below, within, hold}`, or with several `checks`."""
    inner = fields.inner("verify")
    if inner is None:
        return None
    inner.only((*LIMITS, "checks", "within", "hold"), "“verify”")
    checks = parse_one_or_more(inner)
    within, hold = inner.span("within") or DEFAULT_WITHIN, inner.span("hold") or DEFAULT_HOLD
    if hold > within:
        inner.wrong("hold", "“hold” cannot be longer than “within”.")
    return Verify(checks, within, hold)


def metrics_in(data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every metric that a check anywhere in a runbook's data names, with its place there."""
    if isinstance(data, Mapping):
        name = data.get("metric")
        if isinstance(name, str) and ("above" in data or "below" in data):
            yield (*path, "metric"), name
    pairs = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, inner in pairs:
        yield from metrics_in(inner, (*path, key))


def spoken(checks: Iterable[Check]) -> str:
    """`video_memory_mb below 800, crash_rate below 5`."""
    return ", ".join(f"{check.metric} {check.spoken()}" for check in checks)
