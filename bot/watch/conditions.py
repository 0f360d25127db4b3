"""What is watched: each rule of `alerts.yml`, each threshold and level of `monitoring.yml`, as a condition that can be asked. Pure.

A threshold belongs to its metric's rule: one incident, and the graver wins. One that its rule says already, no graver and no
sooner, is left out, so that nothing is said twice. A query that samples cannot answer is left to other senders, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.alerts import Grade, Rule, Severity
from bot.errors import UserError
from bot.watch import levels
from bot.watch.model import DEFAULT_HOLD, Concern, Criterion, Monitoring, Threshold
from bot.watch.outcome import OWN, Answer, Figures, Found, Unknown
from bot.watch.promql import Query, read
from bot.wording import wording_of

DOWN = "metrics_endpoint_down"
"""The alert of an endpoint that does not answer."""
DOWN_AFTER = timedelta(minutes=5)
PERCENT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is asked each minute."""

    key: str
    alert: str
    """What it is called."""
    rule: str
    """The rule whose incident it opens: its own name, unless it belongs to another."""
    severity: Severity
    hold: timedelta
    asks: str
    """What is asked, for people: `avg(video_memory_mb) > 500`."""
    ask: Callable[[Figures], Answer]
    """Raises `Unknown`."""
    message: str = ""
    unit: str = ""
    limit: str = ""
    expr: str = ""
    """The same in PromQL, where that can say it."""
    metric: str | None = None
    figure: Callable[[Figures], float | None] | None = None
    """The figure that it is about, whether it holds or not, as its message shows it; where it is about one."""
    bound: float | None = None
    """The figure that it must not pass."""

    def now(self, figures: Figures) -> float | None:
        """What its figure is; nothing where nobody knows."""
        try:
            return self.figure(figures) if self.figure is not None else None
        except Unknown:
            return None

    def outcome(self, figures: Figures) -> Answer | Unknown:
        try:
            return self.ask(figures)
        except Unknown as unknown:
            return unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is watched under one configuration."""

    conditions: tuple[Condition, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    """Rule → why the bot does not evaluate it."""
    spans: Mapping[str, timedelta] = field(default_factory=dict)
    """Metric → how far back anything looks at it."""
    usual: frozenset[str] = frozenset()
    """Metrics of which somebody asks what is usual."""
    queries: tuple[str, ...] = ()
    """What Prometheus is asked."""

    @property
    def holds(self) -> dict[str, timedelta]:
        return {each.key: each.hold for each in self.conditions}

    def evaluated(self, figures: Figures) -> dict[str, Answer | Unknown]:
        """What came of each condition."""
        return {each.key: each.outcome(figures) for each in self.conditions}


def plan(rules: Sequence[Rule], monitoring: Monitoring | None, *, by_prometheus: bool = False) -> Plan:
    """All conditions. With `by_prometheus` the rules' queries are asked there, and the samples answer the rest."""
    made: list[Condition] = []
    left: dict[str, str] = {}
    spans: dict[str, timedelta] = {}
    said: list[_Said] = []
    for rule in rules:
        query, why = _read(rule, monitoring)
        if query is not None:
            said += _says(rule, query)
        if by_prometheus and rule.query and rule.evaluate != "others":
            made += _of_rule(rule, query, _by_prometheus(rule.query))
        elif query is not None:
            made += _of_rule(rule, query, _by_samples(query))
            _reach(spans, query.spans)
        else:
            left[rule.name] = why
    if monitoring is not None:
        made += _of_thresholds(monitoring, rules, said)
        names = {rule.name for rule in rules}
        made += [_of_level(each, monitoring, names) for each in monitoring.levels]
        made += _of_endpoints(monitoring)
        _reach(spans, {each.metric: each.rising_for for each in monitoring.levels if each.rising_for is not None})
    if by_prometheus and any(rule.query for rule in rules):
        made.append(_prometheus_down(next(rule.query for rule in rules if rule.query)))
    return Plan(
        conditions=tuple(made),
        left=left,
        spans=spans,
        usual=frozenset(
            each.metric for each in (monitoring.levels if monitoring else ()) if levels.looks_at_usual(each)
        ),
        queries=tuple(rule.query for rule in rules if rule.query and rule.name not in left) if by_prometheus else (),
    )


def answerable(rule: Rule, monitoring: Monitoring | None) -> Query:
    """The rule's query, ready to be asked of samples. Raises `UserError` with what is missing for it."""
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


def _read(rule: Rule, monitoring: Monitoring | None) -> tuple[Query | None, str]:
    try:
        return answerable(rule, monitoring), ""
    except UserError as reason:
        return None, str(reason)


def derived(rules: Sequence[Rule], monitoring: Monitoring | None) -> tuple[Rule, ...]:
    """Thresholds and levels as rules: by these names they are known, whoever sends them."""
    known = {rule.name for rule in rules}
    made = plan(rules, monitoring).conditions
    found = {each.alert: each for each in reversed(made) if each.alert not in known}  # of alike ones the mildest
    return tuple(
        Rule(
            name=each.alert,
            belongs_to=each.rule if each.rule != each.alert else None,
            title=each.alert.replace("_", " ").capitalize(),
            message=each.message,
            wording=wording_of(each.message),
            threshold=each.limit,
            unit=each.unit,
            ours=True,
        )
        for each in reversed(found.values())
    )


def _reach(spans: dict[str, timedelta], more: Mapping[str, timedelta]) -> None:
    for metric, span in more.items():
        spans[metric] = max(span, spans.get(metric, span))


# Rules of alerts.yml


def _of_rule(rule: Rule, query: Query | None, base: Callable[[Figures], Answer]) -> Iterator[Condition]:
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


def _by_samples(query: Query) -> Callable[[Figures], Answer]:
    def ask(figures: Figures) -> Answer:
        value = query.ask(figures)
        return {} if value is None else {OWN: Found(value)}

    return ask


def _by_prometheus(query: str) -> Callable[[Figures], Answer]:
    def ask(figures: Figures) -> Answer:
        said = figures.answered.get(query, "it was not asked")
        if isinstance(said, str):
            raise Unknown(f"Prometheus gave no answer: {said}")
        return said

    return ask


def _scale(rule: Rule) -> float:
    """Grades are in the figures that the message shows."""
    return PERCENT if "humanizePercentage" in rule.message else 1.0


def _beyond(grade: Grade, value: float) -> bool:
    return (grade.above is not None and value > grade.above) or (grade.below is not None and value < grade.below)


def _graded(base: Callable[[Figures], Answer], rule: Rule, grade: Grade) -> Callable[[Figures], Answer]:
    scale = _scale(rule)
    return lambda figures: {
        series: found for series, found in base(figures).items() if _beyond(grade, found.value * scale)
    }


def _graded_expr(rule: Rule, grade: Grade, query: Query | None) -> str:
    sign = ">" if grade.above is not None else "<"
    left = query.left_text if query is not None and query.left_text else f"({rule.query})"
    return f"{left} {sign} {_bound(grade) / _scale(rule):g}"


def _bound(grade: Grade) -> float:
    return grade.above if grade.above is not None else grade.below or 0.0


# Thresholds


@dataclass(frozen=True, slots=True)
class _Said:
    """What a rule says already of a metric's present value."""

    metric: str
    rule: Rule
    below: bool
    limit: float


def _says(rule: Rule, query: Query) -> Iterator[_Said]:
    if query.metric is not None and query.limit is not None:
        yield _Said(query.metric, rule, query.sign.startswith("<"), query.limit)


def _of_thresholds(monitoring: Monitoring, rules: Sequence[Rule], said: Sequence[_Said]) -> Iterator[Condition]:
    for threshold in monitoring.thresholds.values():
        owner = _owner(threshold, rules, said)
        for concern in ("warning", "critical"):
            limit = threshold.warning if concern == "warning" else threshold.critical
            if not _is_said(threshold, concern, limit, said):
                yield _of_threshold(monitoring, threshold, concern, limit, owner)


def _owner(threshold: Threshold, rules: Sequence[Rule], said: Sequence[_Said]) -> Rule | None:
    """The rule of the threshold's metric."""
    about = next((each.rule for each in said if each.metric == threshold.metric), None)
    return next((rule for rule in rules if rule.name == threshold.rule), about)


def _is_said(threshold: Threshold, concern: Concern, limit: float, said: Iterable[_Said]) -> bool:
    """Whether the metric's rule fires there or sooner, and no milder."""
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


# Levels


def _of_level(criterion: Criterion, monitoring: Monitoring, rules: Collection[str]) -> Condition:
    """It opens the incident of its rule, as long as there is such a rule."""
    sample = monitoring.samples[criterion.metric]
    kind = levels.kind_of(criterion)
    alert = f"{sample.name}_{kind.name}"
    return Condition(
        key=f"{alert}/{criterion.severity}",
        alert=alert,
        rule=criterion.rule if criterion.rule is not None and criterion.rule in rules else alert,
        severity=criterion.severity,
        hold=criterion.hold,
        asks=kind.asks(criterion, sample),
        ask=lambda figures: _while(criterion, figures) and kind.ask(criterion, sample, figures),
        unit=sample.unit,
        limit=kind.limit(criterion, sample),
        metric=sample.name,
        figure=lambda figures: figures.now(sample.name),
    )


def _while(criterion: Criterion, figures: Figures) -> Answer:
    """Empty where it does not count at present."""
    if criterion.only_while is None:
        return _COUNTS
    return _COUNTS if figures.now(criterion.only_while) else {}


_COUNTS: Answer = {OWN: Found(1.0)}


# What does not answer


def _of_endpoints(monitoring: Monitoring) -> Iterator[Condition]:
    for endpoint in dict.fromkeys(sample.endpoint for sample in monitoring.samples.values()):
        names = [sample.name for sample in monitoring.samples.values() if sample.endpoint == endpoint]
        yield Condition(
            key=f"{DOWN}/{endpoint}",
            alert=DOWN,
            rule=DOWN,
            severity="P1",
            hold=DOWN_AFTER,
            asks=f"no figure from {endpoint}",
            ask=_silent(endpoint, names),
        )


def _silent(endpoint: str, names: Sequence[str]) -> Callable[[Figures], Answer]:
    def ask(figures: Figures) -> Answer:
        if any(name in figures.values for name in names) or not figures.seen.intersection(names):
            return {}
        why = next((figures.missing[name] for name in names if name in figures.missing), "nobody asked")
        return {OWN: Found(0.0, text=f"GET {endpoint} gives no figure: {why}")}

    return ask


def _prometheus_down(query: str) -> Condition:
    def ask(figures: Figures) -> Answer:
        said = figures.answered.get(query, "it was not asked")
        return {OWN: Found(0.0, text=f"Prometheus gives no answer: {said}")} if isinstance(said, str) else {}

    return Condition(
        key=f"{DOWN}/prometheus",
        alert=DOWN,
        rule=DOWN,
        severity="P1",
        hold=DOWN_AFTER,
        asks="no answer of Prometheus",
        ask=ask,
    )
