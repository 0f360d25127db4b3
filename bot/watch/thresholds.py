"""The thresholds of `monitoring.yml` as conditions. Pure.

A threshold belongs to its metric's rule: they share one incident, and the graver severity wins. A threshold is left out if its rule
already fires at that value or sooner, with at least that severity, so that nothing is reported twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.alerts import Rule
from bot.watch.condition import Condition
from bot.watch.model import DEFAULT_HOLD, Concern, Monitoring, Threshold
from bot.watch.outcome import OWN, Answer, Figures, Found
from bot.watch.promql import Query
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule already says about a metric's present value."""

    metric: str
    rule: Rule
    below: bool
    limit: float


def says(rule: Rule, query: Query) -> Iterator[Said]:
    if query.metric is not None and query.limit is not None:
        yield Said(query.metric, rule, query.sign.startswith("<"), query.limit)


def of_thresholds(monitoring: Monitoring, rules: Sequence[Rule], said: Sequence[Said]) -> Iterator[Condition]:
    for threshold in monitoring.thresholds.values():
        owner = _owner(threshold, rules, said)
        for concern in ("warning", "critical"):
            limit = threshold.warning if concern == "warning" else threshold.critical
            if not _is_said(threshold, concern, limit, said):
                yield _of_threshold(monitoring, threshold, concern, limit, owner)


def _owner(threshold: Threshold, rules: Sequence[Rule], said: Sequence[Said]) -> Rule | None:
    """The rule that the threshold belongs to."""
    about = next((each.rule for each in said if each.metric == threshold.metric), None)
    return next((rule for rule in rules if rule.name == threshold.rule), about)


def _is_said(threshold: Threshold, concern: Concern, limit: float, said: Iterable[Said]) -> bool:
    """Whether the metric's rule fires at that limit or sooner, with at least that severity."""
    return any(
        each.metric == threshold.metric
        and each.below == threshold.below
        and (each.rule.severity or "P1") <= threshold.severity[concern]
        and (each.limit >= limit if threshold.below else each.limit <= limit)
        for each in said
    )


def _of_threshold(
    monitoring: Monitoring, threshold: Threshold, concern: Concern, limit: float, owner: Rule | None
) -> Condition:
    sample = monitoring.samples[threshold.metric]
    alert = f"{threshold.metric}_{'low' if threshold.below else 'high'}"
    sign = "<" if threshold.below else ">"
    shown = f"{limit:g} {sample.unit}".rstrip()
    unit = "%" if sample.unit == "%" else sample.unit and f" {sample.unit}"
    return Condition(
        key=f"{alert}/{concern}",
        alert=alert,
        rule=owner.name if owner else alert,
        severity=threshold.severity[concern],
        hold=(owner.hold if owner and owner.hold else DEFAULT_HOLD),
        asks=f"{sample.name} {sign} {limit:g}",
        ask=_passing(threshold.metric, threshold.below, limit),
        message=f"{sample.name} is {{{{ $value }}}}{unit} (threshold: {shown})",
        unit=sample.unit,
        limit=shown,
        expr=f"{sample.called or sample.name} {sign} {limit:g}",
        metric=sample.name,
        figure=lambda figures: figures.now(sample.name),
        bound=limit,
    )


def _passing(metric: str, below: bool, limit: float) -> Callable[[Figures], Answer]:
    def ask(figures: Figures) -> Answer:
        value = figures.now(metric)
        return {OWN: Found(value)} if (value < limit if below else value > limit) else {}

    return ask
