"""Queries of rules, read by Prometheus's own grammar and answered from the bot's samples. Pure.

What the samples are: one series for each metric, without labels. So it refuses what they cannot answer, with the reason: labels,
offsets, functions that are not in the tables here, metrics that nothing measures. It never answers half a query.

The parser is a library that is imported when the first query is read: a bot whose rules have none pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, Protocol

from bot.errors import UserError
from bot.watch.operators import ARITHMETIC, COMPARISONS, PLAIN, SETS, Value
from bot.watch.ranges import RANGES, Point
from oncall.values import dataclass


class Figures(Protocol):
    """What a query is answered from, at one instant."""

    def now(self, metric: str) -> float:
        """Raises `bot.watch.outcome.Unknown` where it could not be read."""
        ...

    def lately(self, metric: str, span: timedelta) -> tuple[Sequence[Point], float]:
        """The readings of the last `span`, oldest first, and the present instant, in seconds."""
        ...


Ask = Callable[[Figures], Value]


@dataclass(frozen=True, slots=True)
class Query:
    """A query that can be answered."""

    ask: Ask
    spans: Mapping[str, timedelta]
    """Metric → how far back it is looked at."""
    left: Ask | None = None
    """Of a comparison with a number: what is compared."""
    left_text: str = ""
    sign: str = ""
    """`>`, `<`, `>=` or `<=`, the number standing on its right."""
    limit: float | None = None
    metric: str | None = None
    """The metric, where it is nothing but a comparison of its present value."""


@lru_cache(maxsize=4_096)
def parsed(query: str) -> Any:
    """The query's tree. Raises `UserError` with the parser's words."""
    import promql_parser

    try:
        return promql_parser.parse(query)
    except ValueError as error:
        raise UserError(f"“{query}” is no PromQL: {error}") from None


@lru_cache(maxsize=4_096)
def metrics_in(query: str) -> tuple[str, ...]:
    """The metrics that a query names, in its order; none of what cannot be read."""
    import promql_parser

    found: list[str] = []

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector) and node.name:
            found.append(node.name)
        if isinstance(node, promql_parser.MatrixSelector) and node.vector_selector.name:
            found.append(node.vector_selector.name)

    try:
        promql_parser.walk(parsed(query), visit)
    except UserError:
        return ()
    return tuple(dict.fromkeys(found))


def read(query: str, measured: Callable[[str], str | None]) -> Query:
    """The query, ready to be asked. `measured` knows the sample of a metric's name. Raises `UserError` with what it lacks."""
    tree = parsed(query)
    reading = _Reading(measured)
    ask = reading.node(tree)
    left, left_text, sign, limit = _compared(tree)
    if left is None:
        return Query(ask, reading.spans)
    plain = _Reading(measured)
    compared = plain.node(left)
    metric = next(iter(plain.instants)) if len(plain.instants) == 1 and _is_present_value(left) else None
    return Query(ask, reading.spans, compared, left_text, sign, limit, metric)


_TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_SAME = ("avg", "sum", "min", "max")
"""Aggregations that change nothing where there is one series."""


def _bare(node: Any) -> Any:
    """Without the parentheses around it."""
    while type(node).__name__ == "ParenExpr":
        node = node.expr
    return node


def _compared(tree: Any) -> tuple[Any, str, str, float | None]:
    """What a comparison with a number compares, how, and with which."""
    tree = _bare(tree)
    if type(tree).__name__ != "BinaryExpr" or str(tree.op) not in _TURNED or _returns_bool(tree):
        return None, "", "", None
    left, right, sign = _bare(tree.lhs), _bare(tree.rhs), str(tree.op)
    if type(left).__name__ == "NumberLiteral":
        left, right, sign = right, left, _TURNED[sign]
    if type(right).__name__ != "NumberLiteral" or type(left).__name__ == "NumberLiteral":
        return None, "", "", None
    return left, " ".join(left.prettify().split()), sign, float(right.val)


def _is_present_value(node: Any) -> bool:
    node = _bare(node)
    if type(node).__name__ == "AggregateExpr" and str(node.op) in _SAME:
        node = _bare(node.expr)
    return type(node).__name__ == "VectorSelector"


def _returns_bool(tree: Any) -> bool:
    return tree.modifier is not None and bool(tree.modifier.return_bool)


class _Reading:
    """One query on its way to a function."""

    def __init__(self, measured: Callable[[str], str | None]) -> None:
        self._measured = measured
        self.spans: dict[str, timedelta] = {}
        self.instants: set[str] = set()

    def node(self, tree: Any) -> Ask:
        read = _NODES.get(type(tree).__name__)
        if read is None:
            raise UserError(f"“{tree.prettify()}” is a kind of query that samples cannot answer")
        return read(self, tree)

    def parens(self, tree: Any) -> Ask:
        return self.node(tree.expr)

    def number(self, tree: Any) -> Ask:
        value = float(tree.val)
        return lambda _figures: value

    def minus(self, tree: Any) -> Ask:
        inner = self.node(tree.expr)
        return lambda figures: None if (value := inner(figures)) is None else -value

    def selector(self, tree: Any) -> Ask:
        metric = self.metric(tree)
        self.instants.add(metric)
        return lambda figures: figures.now(metric)

    def metric(self, selector: Any) -> str:
        matchers = selector.matchers
        if not selector.name or matchers.matchers or matchers.or_matchers:
            raise UserError(f"“{selector.prettify()}” asks for labels, and samples have none")
        if selector.offset is not None or selector.at is not None:
            raise UserError(f"“{selector.prettify()}” asks for another time than now")
        metric = self._measured(selector.name)
        if metric is None:
            raise UserError(f"no endpoint gives {selector.name}: there is no such sample in monitoring.yml")
        return metric

    def aggregate(self, tree: Any) -> Ask:
        name = str(tree.op)
        inner = self.node(tree.expr)
        if name in _SAME:
            return inner
        if name in ("count", "group"):
            return lambda figures: None if inner(figures) is None else 1.0
        raise UserError(f"“{name}” looks at several series, and of a sample there is one")

    def call(self, tree: Any) -> Ask:
        name, arguments = tree.func.name, list(tree.args)
        if name in PLAIN and len(arguments) == 1:
            work, inner = PLAIN[name], self.node(arguments[0])
            return lambda figures: None if (value := inner(figures)) is None else work(value)
        if name in RANGES and len(arguments) == 1 and type(arguments[0]).__name__ == "MatrixSelector":
            return self.ranged(name, arguments[0])
        raise UserError(f"“{name}” is a function that samples are not asked by")

    def ranged(self, name: str, selector: Any) -> Ask:
        metric, span, work = self.metric(selector.vector_selector), selector.range, RANGES[name]
        self.spans[metric] = max(span, self.spans.get(metric, span))

        def ask(figures: Figures) -> Value:
            points, at = figures.lately(metric, span)
            return work(points, at, span.total_seconds())

        return ask

    def binary(self, tree: Any) -> Ask:
        name, left, right = str(tree.op), self.node(tree.lhs), self.node(tree.rhs)
        if tree.modifier is not None and (tree.modifier.matching is not None or tree.modifier.group_labels):
            raise UserError("“on” and “ignoring” compare labels, and samples have none")
        if name in SETS:
            return lambda figures: SETS[name](left(figures), right(figures))
        if name in COMPARISONS:
            return _comparing(COMPARISONS[name], left, right, _returns_bool(tree))
        if name not in ARITHMETIC:
            raise UserError(f"“{name}” is an operator that samples are not asked by")
        work = ARITHMETIC[name]
        return lambda figures: (
            None if (one := left(figures)) is None or (other := right(figures)) is None else work(one, other)
        )


_NODES: Mapping[str, Callable[[_Reading, Any], Ask]] = {
    "ParenExpr": _Reading.parens,
    "NumberLiteral": _Reading.number,
    "UnaryExpr": _Reading.minus,
    "VectorSelector": _Reading.selector,
    "AggregateExpr": _Reading.aggregate,
    "Call": _Reading.call,
    "BinaryExpr": _Reading.binary,
}


def _comparing(holds: Callable[[float, float], bool], left: Ask, right: Ask, as_number: bool) -> Ask:
    def ask(figures: Figures) -> Value:
        one, other = left(figures), right(figures)
        if one is None or other is None:
            return None
        if as_number:
            return float(holds(one, other))
        return one if holds(one, other) else None

    return ask
