"""Answers the rules' queries from the bot's samples, read with Prometheus's own grammar. Pure.

A sample is one series for each metric, without labels. So it refuses queries that samples cannot answer, and gives the reason:
labels, offsets, functions that are not in the tables here, metrics that nothing measures. It never answers half a query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from bot.errors import UserError
from bot.watch.grammar import Node, parsed
from bot.watch.operators import ARITHMETIC, COMPARISONS, PLAIN, SETS, Value
from bot.watch.ranges import RANGES, Point
from oncall.values import dataclass


class Figures(Protocol):
    """What a query is answered from, at one instant."""

    def now(self, metric: str) -> float:
        """The metric's present value. Raises `bot.watch.outcome.Unknown` if it could not be read."""
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
    """Metric → how far back the query looks at it."""
    left: Ask | None = None
    """What is compared, if the query compares something with a number."""
    left_text: str = ""
    sign: str = ""
    """`>`, `<`, `>=` or `<=`, as if the number stood on its right."""
    limit: float | None = None
    metric: str | None = None
    """The metric, if the query is nothing but a comparison of its present value."""


def metrics_in(query: str) -> tuple[str, ...]:
    """The metrics that a query names, in its order; none if the query cannot be read."""
    try:
        return parsed(query).metrics if query else ()
    except UserError:
        return ()


def read(query: str, measured: Callable[[str], str | None]) -> Query:
    """The query, ready to be asked. `measured` gives the sample for a metric's name. Raises `UserError` with what is missing."""
    tree = parsed(query).tree
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
"""Aggregations that change nothing if there is only one series."""


def _bare(node: Node) -> Node:
    """The node without the parentheses around it."""
    while node.kind == "ParenExpr":
        (node,) = node.parts
    return node


def _compared(tree: Node) -> tuple[Node | None, str, str, float | None]:
    """For a comparison with a number: the left side, its text, the sign, and the number."""
    tree = _bare(tree)
    if tree.kind != "BinaryExpr" or tree.name not in _TURNED or "bool" in tree.marks:
        return None, "", "", None
    (left, right), sign = map(_bare, tree.parts), tree.name
    if left.kind == "NumberLiteral":
        left, right, sign = right, left, _TURNED[sign]
    if right.kind != "NumberLiteral" or left.kind == "NumberLiteral":
        return None, "", "", None
    return left, " ".join(left.text.split()), sign, right.value


def _is_present_value(node: Node) -> bool:
    node = _bare(node)
    if node.kind == "AggregateExpr" and node.name in _SAME:
        node = _bare(*node.parts)
    return node.kind == "VectorSelector"


class _Reading:
    """Turns one query into a function."""

    def __init__(self, measured: Callable[[str], str | None]) -> None:
        self._measured = measured
        self.spans: dict[str, timedelta] = {}
        self.instants: set[str] = set()

    def node(self, tree: Node) -> Ask:
        read = _NODES.get(tree.kind)
        if read is None:
            raise UserError(f"“{tree.text}” is a kind of query that samples cannot answer")
        return read(self, tree)

    def parens(self, tree: Node) -> Ask:
        return self.node(*tree.parts)

    def number(self, tree: Node) -> Ask:
        value = tree.value
        return lambda _figures: value

    def minus(self, tree: Node) -> Ask:
        inner = self.node(*tree.parts)
        return lambda figures: None if (value := inner(figures)) is None else -value

    def selector(self, tree: Node) -> Ask:
        metric = self.metric(tree)
        self.instants.add(metric)
        return lambda figures: figures.now(metric)

    def metric(self, selector: Node) -> str:
        if not selector.name or "labels" in selector.marks:
            raise UserError(f"“{selector.text}” asks for labels, and samples have none")
        if "moved" in selector.marks:
            raise UserError(f"“{selector.text}” asks for another time than now")
        metric = self._measured(selector.name)
        if metric is None:
            raise UserError(f"no endpoint gives {selector.name}: there is no such sample in monitoring.yml")
        return metric

    def aggregate(self, tree: Node) -> Ask:
        name, inner = tree.name, self.node(*tree.parts)
        if name in _SAME:
            return inner
        if name in ("count", "group"):
            return lambda figures: None if inner(figures) is None else 1.0
        raise UserError(f"“{name}” looks at several series, and of a sample there is one")

    def call(self, tree: Node) -> Ask:
        name, arguments = tree.name, tree.parts
        if name in PLAIN and len(arguments) == 1:
            work, inner = PLAIN[name], self.node(arguments[0])
            return lambda figures: None if (value := inner(figures)) is None else work(value)
        if name in RANGES and len(arguments) == 1 and arguments[0].kind == "MatrixSelector":
            return self.ranged(name, arguments[0])
        raise UserError(f"“{name}” is a function that samples are not asked by")

    def ranged(self, name: str, selector: Node) -> Ask:
        metric, span, work = self.metric(*selector.parts), selector.span, RANGES[name]
        self.spans[metric] = max(span, self.spans.get(metric, span))

        def ask(figures: Figures) -> Value:
            points, at = figures.lately(metric, span)
            return work(points, at, span.total_seconds())

        return ask

    def binary(self, tree: Node) -> Ask:
        name, (left, right) = tree.name, map(self.node, tree.parts)
        if "matching" in tree.marks:
            raise UserError("“on” and “ignoring” compare labels, and samples have none")
        if name in SETS:
            return lambda figures: SETS[name](left(figures), right(figures))
        if name in COMPARISONS:
            return _comparing(COMPARISONS[name], left, right, "bool" in tree.marks)
        if name not in ARITHMETIC:
            raise UserError(f"“{name}” is an operator that samples are not asked by")
        work = ARITHMETIC[name]
        return lambda figures: (
            None if (one := left(figures)) is None or (other := right(figures)) is None else work(one, other)
        )


_NODES: Mapping[str, Callable[[_Reading, Node], Ask]] = {
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
