"""The product's own source, parsed, for the guards to look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("oncall", "bot", "handlers")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by its dotted name; a package has the name of its folder."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(), str(path))
    return found


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """All nodes of a module, kept because the guards go through them again and again."""
    return tuple(ast.walk(tree))


@cache
def imports(tree: ast.Module) -> frozenset[str]:
    """Everything a module imports anywhere in it, as dotted names; `from a import b` may mean the module `a.b`."""
    return frozenset(_imported(tree))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def arrows() -> dict[str, set[str]]:
    """Each module with the modules that it imports anywhere; `from a import b` is `a.b` where that is one, else `a`."""
    known = modules()
    return {
        name: {target for node in nodes(tree) for target in _targets(node) if target in known and target != name}
        for name, tree in known.items()
    }


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in modules() else node.module


@cache
def calls(tree: ast.Module) -> tuple[tuple[str, ast.Call], ...]:
    """Every call, with the name of what is called as it is written."""
    return tuple(
        (_dotted(node.func) or ast.unparse(node.func), node) for node in nodes(tree) if isinstance(node, ast.Call)
    )


def _dotted(node: ast.expr) -> str | None:
    """The same as `ast.unparse` for a name, in a hundredth of its time."""
    if isinstance(node, ast.Name):
        return node.id
    above = _dotted(node.value) if isinstance(node, ast.Attribute) else None
    return f"{above}.{node.attr}" if above and isinstance(node, ast.Attribute) else None
