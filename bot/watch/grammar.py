"""Parses PromQL with Prometheus's own grammar: the text of a query becomes plain data. Pure.

The parser's library takes 3 MB for good, so it is imported only for a query that has not been parsed before. A running bot is
handed its rules' queries already parsed, together with its configuration (`bot.machine.reading`), and does without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Literal

from bot.errors import UserError
from oncall.values import dataclass

MOST = 4_096
"""How many parsed queries are remembered: those of the configuration in force, and of the ones before."""
DEEPEST = 150
"""Brackets and operators of one query. Each may be a level of its own: 200 levels are more than Python hands over, and some
thousands take all the memory, or the stack, and the whole process with it."""
_NO_LEVELS = re.compile(r""" "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*` | \#[^\n]* """, re.VERBOSE | re.DOTALL)
_LEVELS = re.compile(r"[(+\-*/%^<>]|[=!]=|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
Mark = Literal["labels", "moved", "bool", "matching"]
"""What is special about a node: a selector asks for labels, or for another time than now; an operator answers 0 or 1, or says what
it matches on."""


@dataclass(frozen=True, slots=True)
class Node:
    """A query, or a part of it."""

    kind: str
    """The name that the grammar gives it: `BinaryExpr`, `Call` …"""
    text: str
    """The text as Prometheus writes it."""
    name: str = ""
    """The name of a metric, a function or an operator."""
    parts: tuple[Node, ...] = ()
    value: float = 0.0
    """The value of a number."""
    span: timedelta = timedelta(0)
    """How far back a range goes."""
    marks: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed query."""

    tree: Node
    metrics: tuple[str, ...]
    """Every metric that it names, in the order of the query."""


_known: dict[str, Parsed | str] = {}
"""What each query's text parses to; for a text that is no query, what is wrong with it."""


def parsed(query: str) -> Parsed:
    """Parses a query. Raises `UserError` with the parser's words."""
    found = _known.get(query)
    if found is None:
        found = _by_the_library(query)
        remember({query: found})
    if isinstance(found, str):
        raise UserError(found)
    return found


def read_as(queries: Iterable[str]) -> dict[str, Parsed | str]:
    """What these queries parse to, so that another process can `remember` it."""
    return {query: _by_the_library(query) for query in queries}


def remember(found: Mapping[str, Parsed | str]) -> None:
    if len(_known) + len(found) > MOST:
        _known.clear()
    _known.update(found)


def _by_the_library(query: str) -> Parsed | str:
    if len(_LEVELS.findall(_NO_LEVELS.sub("", query))) > DEEPEST:
        return f"“{query[:60]}…” holds more than {DEEPEST} brackets and operators; divide it by recording rules"
    import promql_parser

    try:
        tree = promql_parser.parse(query)
    except ValueError as error:
        return f"“{query}” is no PromQL: {error}"
    metrics: list[str] = []

    def visit(node: Any) -> None:
        selector = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
        if isinstance(selector, promql_parser.VectorSelector) and selector.name:
            metrics.append(selector.name)

    promql_parser.walk(tree, visit)
    return Parsed(_node(tree), tuple(dict.fromkeys(metrics)))


def _node(tree: Any) -> Node:
    kind = type(tree).__name__
    return Node(
        kind,
        tree.prettify(),
        _NAMES.get(kind, _nothing)(tree) or "",
        tuple(map(_node, _PARTS.get(kind, _nothing)(tree) or ())),
        float(tree.val) if kind == "NumberLiteral" else 0.0,
        tree.range if kind == "MatrixSelector" else timedelta(0),
        frozenset(_MARKS.get(kind, _nothing)(tree) or ()),
    )


def _nothing(_tree: Any) -> None:
    return None


def _of_a_selector(tree: Any) -> Iterator[Mark]:
    if tree.matchers.matchers or tree.matchers.or_matchers:
        yield "labels"
    if tree.offset is not None or tree.at is not None:
        yield "moved"


def _of_an_operator(tree: Any) -> Iterator[Mark]:
    if tree.modifier is not None and tree.modifier.return_bool:
        yield "bool"
    if tree.modifier is not None and (tree.modifier.matching is not None or tree.modifier.group_labels):
        yield "matching"


_NAMES: Mapping[str, Callable[[Any], str | None]] = {
    "VectorSelector": lambda tree: tree.name,
    "AggregateExpr": lambda tree: str(tree.op),
    "BinaryExpr": lambda tree: str(tree.op),
    "Call": lambda tree: tree.func.name,
}
_PARTS: Mapping[str, Callable[[Any], Iterable[Any] | None]] = {
    "ParenExpr": lambda tree: (tree.expr,),
    "UnaryExpr": lambda tree: (tree.expr,),
    "AggregateExpr": lambda tree: (tree.expr,),
    "BinaryExpr": lambda tree: (tree.lhs, tree.rhs),
    "Call": lambda tree: tree.args,
    "MatrixSelector": lambda tree: (tree.vector_selector,),
}
_MARKS: Mapping[str, Callable[[Any], Iterator[Mark] | None]] = {
    "VectorSelector": _of_a_selector,
    "BinaryExpr": _of_an_operator,
}
