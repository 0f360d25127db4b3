"""Queries of rules, read by Prometheus's own grammar. Pure.

The parser is a library that is imported when the first query is read: a bot whose rules have none pays nothing for it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from bot.errors import UserError


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
