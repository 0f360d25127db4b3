"""What is watched under one configuration, as conditions: rules, thresholds, levels, and endpoints that stop answering. Pure.

A query that samples cannot answer is left to other senders, and listed by name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta

from bot.alerts import Grade, Rule
from bot.watch import levels
from bot.watch.condition import Condition
from bot.watch.model import Criterion, Monitoring
from bot.watch.outcome import OWN, Answer, Figures, Found, Unknown
from bot.watch.promql import Query
from bot.watch.rules import by_prometheus, by_samples, of_rule, query_of
from bot.watch.thresholds import Said, of_thresholds, says
from bot.watch.unanswered import of_endpoints, prometheus_down
from bot.wording import wording_of
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is watched under one configuration."""

    conditions: tuple[Condition, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    """Rule → why the bot does not evaluate it."""
    spans: Mapping[str, timedelta] = field(default_factory=dict)
    """Metric → how far back anything looks at it."""
    usual: frozenset[str] = frozenset()
    """Metrics for which a condition asks what is usual."""
    queries: tuple[str, ...] = ()
    """The queries that Prometheus is asked."""

    @property
    def holds(self) -> dict[str, timedelta]:
        return {each.key: each.hold for each in self.conditions}

    def evaluated(self, figures: Figures) -> dict[str, Answer | Unknown]:
        """The outcome of each condition."""
        return {each.key: each.outcome(figures) for each in self.conditions}


def plan(rules: Sequence[Rule], monitoring: Monitoring | None, *, asks_prometheus: bool = False) -> Plan:
    """All conditions. With `asks_prometheus` the rules' queries are asked there, and the samples answer the rest."""
    read = {rule.name: query_of(rule, monitoring) for rule in rules}
    queries = {name: query for name, (query, _) in read.items() if query is not None}
    there = [rule for rule in rules if asks_prometheus and rule.query and rule.evaluate != "others"]
    elsewhere = {rule.name for rule in there}
    here = [rule for rule in rules if rule.name in queries and rule.name not in elsewhere]
    taken = elsewhere | {rule.name for rule in here}
    return Plan(
        conditions=(
            *(each for rule in there for each in of_rule(rule, queries.get(rule.name), by_prometheus(rule.query))),
            *(each for rule in here for each in of_rule(rule, queries[rule.name], by_samples(queries[rule.name]))),
            *_of_monitoring(monitoring, rules, queries),
            *([prometheus_down(there[0].query)] if there else []),
        ),
        left={name: why for name, (_, why) in read.items() if name not in taken},
        spans=_spans([queries[rule.name] for rule in here], monitoring),
        usual=frozenset(each.metric for each in _levels(monitoring) if levels.looks_at_usual(each)),
        queries=tuple(rule.query for rule in there),
    )


def _of_monitoring(
    monitoring: Monitoring | None, rules: Sequence[Rule], queries: Mapping[str, Query]
) -> Iterator[Condition]:
    if monitoring is None:
        return
    said: list[Said] = [each for rule in rules if rule.name in queries for each in says(rule, queries[rule.name])]
    yield from of_thresholds(monitoring, rules, said)
    names = {rule.name for rule in rules}
    yield from (_of_level(each, monitoring, names) for each in monitoring.levels)
    yield from of_endpoints(monitoring)


def _levels(monitoring: Monitoring | None) -> Sequence[Criterion]:
    return monitoring.levels if monitoring is not None else ()


def _spans(queries: Sequence[Query], monitoring: Monitoring | None) -> dict[str, timedelta]:
    """For each metric, how far back anything looks at it."""
    wanted = [wish for query in queries for wish in query.spans.items()]
    wanted += [(each.metric, each.rising_for) for each in _levels(monitoring) if each.rising_for is not None]
    return {metric: max(span for name, span in wanted if name == metric) for metric, _ in wanted}


def derived(rules: Sequence[Rule], monitoring: Monitoring | None) -> tuple[Rule, ...]:
    """Thresholds and levels as rules: an alert of such a name is known, no matter who sends it."""
    known = {rule.name: rule for rule in rules}
    made = plan(rules, monitoring).conditions
    about = {each.alert: each.metric for each in made if each.alert in known}
    found = {
        each.alert: each for each in reversed(made) if each.alert not in known
    }  # of those with one name, the mildest
    return tuple(
        Rule(
            name=each.alert,
            belongs_to=each.rule if each.rule != each.alert else None,
            title=_title(each, known.get(each.rule), about.get(each.rule)),
            message=each.message,
            wording=wording_of(each.message),
            threshold=each.limit,
            unit=each.unit,
            grades=tuple(_grade(one, one.bound) for one in made if one.alert == each.alert and one.bound is not None),
            ours=True,
        )
        for each in reversed(found.values())
    )


def _title(condition: Condition, owner: Rule | None, about: str | None) -> str:
    """A limit of the very figure that its rule is about has the rule's title."""
    if owner is not None and owner.title and condition.bound is not None and condition.metric == about:
        return owner.title
    words = _JUDGED.sub(lambda found: _JUDGEMENTS[found[1]], condition.alert.replace("_", " "))
    return words.capitalize()


_JUDGEMENTS = {"under": "low", "beyond": "high"}
"""How the last word of an alert's name reads in a title once its figure stands in its place (`bot.headline.named`)."""
_JUDGED = re.compile(r"\b(under|beyond)$")


def _grade(condition: Condition, bound: float) -> Grade:
    below = "<" in condition.asks
    return Grade(severity=condition.severity, above=None if below else bound, below=bound if below else None)


def _of_level(criterion: Criterion, monitoring: Monitoring, rules: Collection[str]) -> Condition:
    """A level as a condition. It opens the incident of its rule, if there is such a rule."""
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
    """Empty if the level does not count at present."""
    if criterion.only_while is None:
        return _COUNTS
    return _COUNTS if figures.now(criterion.only_while) else {}


_COUNTS: Answer = {OWN: Found(1.0)}
