"""The rules of `alerts.yml` as conditions: a rule's query and each of its grades, answered by samples or by Prometheus. Pure.

It refuses a query that samples cannot answer, and says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from bot.alerts import Grade, Rule, Severity
from bot.errors import UserError
from bot.watch.condition import Condition
from bot.watch.model import Monitoring
from bot.watch.outcome import OWN, Answer, Figures, Found, Unknown
from bot.watch.promql import Query, read

PERCENT = 100.0


def answerable(rule: Rule, monitoring: Monitoring | None) -> Query:
    """The rule's query, ready to be asked of samples. Raises `UserError` with what is missing."""
    if not rule.query:
        raise UserError("it has no query")
    if rule.evaluate == "others":
        raise UserError("alerts.yml leaves it to others")
    if monitoring is None:
        raise UserError("without monitoring.yml nothing is sampled")

    def measured(name: str) -> str | None:
        sample = monitoring.named(name)
        return sample.name if sample else None

    return read(rule.query, measured)


def query_of(rule: Rule, monitoring: Monitoring | None) -> tuple[Query | None, str]:
    try:
        return answerable(rule, monitoring), ""
    except UserError as reason:
        return None, str(reason)


def of_rule(rule: Rule, query: Query | None, base: Callable[[Figures], Answer]) -> Iterator[Condition]:
    """The rule itself, and a condition for each of its grades."""
    limit = query.limit * _scale(rule) if query is not None and query.limit is not None else None
    yield _condition(rule, rule.severity or "P1", rule.query, base, query, limit)
    for grade in rule.grades:
        asks = _graded_expr(rule, grade, query)
        yield _condition(rule, grade.severity, asks, _graded(base, rule, grade), query, _bound(grade))


def _condition(
    rule: Rule,
    severity: Severity,
    asks: str,
    ask: Callable[[Figures], Answer],
    query: Query | None,
    bound: float | None,
) -> Condition:
    return Condition(
        key=f"{rule.name}/{severity}",
        alert=rule.name,
        rule=rule.name,
        severity=severity,
        hold=rule.hold or timedelta(0),
        asks=asks,
        ask=ask,
        message=rule.message,
        unit=rule.unit,
        limit=rule.threshold,
        expr=asks,
        metric=query.metric if query else None,
        figure=_figure(query, _scale(rule)) if query else None,
        bound=bound,
    )


def _figure(query: Query, scale: float) -> Callable[[Figures], float | None]:
    ask = query.left or query.ask

    def figure(figures: Figures) -> float | None:
        value = ask(figures)
        return None if value is None else value * scale

    return figure


def by_samples(query: Query) -> Callable[[Figures], Answer]:
    def ask(figures: Figures) -> Answer:
        value = query.ask(figures)
        return {} if value is None else {OWN: Found(value)}

    return ask


def by_prometheus(query: str) -> Callable[[Figures], Answer]:
    def ask(figures: Figures) -> Answer:
        said = figures.answered.get(query, "it was not asked")
        if isinstance(said, str):
            raise Unknown(f"Prometheus gave no answer: {said}")
        return said

    return ask


def _scale(rule: Rule) -> float:
    """What a value is multiplied by for the grades: they are written in the figures that the message shows."""
    return PERCENT if "humanizePercentage" in rule.message else 1.0


def _graded(base: Callable[[Figures], Answer], rule: Rule, grade: Grade) -> Callable[[Figures], Answer]:
    scale = _scale(rule)
    return lambda figures: {
        series: found for series, found in base(figures).items() if grade.met_by(found.value * scale)
    }


def _graded_expr(rule: Rule, grade: Grade, query: Query | None) -> str:
    sign = ">" if grade.above is not None else "<"
    left = query.left_text if query is not None and query.left_text else f"({rule.query})"
    return f"{left} {sign} {_bound(grade) / _scale(rule):g}"


def _bound(grade: Grade) -> float:
    return grade.above if grade.above is not None else grade.below or 0.0
