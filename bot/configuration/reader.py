"""Reads YAML into plain data. Scalars follow YAML 1.2's core schema: `on`, `NO`, `yes` and `1:30` are text.

PyYAML reads YAML 1.1, so its composer is used (it knows every position) but not its constructor: no tag is ever looked at. libyaml
reads in a quarter of the time; what it cannot read is read again by PyYAML, for the words and the place of the fault. Refused, each
with its place: tags, duplicate keys, keys that are no text, several documents, unreasonable nesting or repetition by aliases,
numbers and characters that nothing downstream could hold. https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from bot.configuration.document import Document, Path, quoted
from bot.configuration.indentation import blamed

DEEPEST = 40
MOST_VALUES = 20_000
"""Values in one file, with its aliases followed."""
LONGEST_NUMBER = 40

_NULL = "tag:yaml.org,2002:null"
_BOOL = "tag:yaml.org,2002:bool"
_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"

_HINTS = {
    "cannot start any token": "a tab or a sign that YAML reserves stands here; indent with spaces, put text in quotes",
    "mapping values are not allowed here": "a colon is in the wrong place; put text that holds “: ” in quotes",
    "could not find expected ':'": "a key without a colon, or a line that is indented wrongly",
    "expected <block end>": "this line is not indented like the ones above it",
    "found unexpected end of stream": "a quote or a bracket is never closed",
    "undefined alias": "this alias (*name) has no anchor (&name) above it",
    "found another document": "there is a second document (---); only one is read",
}

_DISPUTED = ("\t", "\ufeff")
"""Signs that libyaml accepts, or counts as a column, while PyYAML does not: only PyYAML reads files with them."""

_SHIFTED = ("expected <block end>", "expected '<document start>'", "mapping values are not allowed here")
"""The errors that a wrongly indented line causes, there or further down."""


class _Refused(Exception):
    def __init__(self, node: Node | yaml.Event, text: str) -> None:
        super().__init__(text)
        self.place = _place(node)


class _Composer(Composer, Resolver):
    """PyYAML's composer with 1.2's scalars, without tags, and with a limited depth so that the stack is not exhausted."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own shape
    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[attr-defined]
        if getattr(event, "tag", None) is not None:
            raise _Refused(
                event,
                f"tags such as {quoted(event.tag.replace('tag:yaml.org,2002:', '!!'), 30)} are not read; write the plain value",
            )
        if self.depth >= DEEPEST:
            raise _Refused(event, f"nested more than {DEEPEST} deep")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _tag, _form, _first in (
    (_NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (_BOOL, r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (_INT, r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        _FLOAT,
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
):
    _Composer.add_implicit_resolver(_tag, re.compile(f"(?:{_form})\\Z", re.ASCII), _first)


class _Loader(_Composer, yaml.SafeLoader):
    """The loader in pure Python."""


_QUICKEST: Callable[[str], _Composer] = _Loader
if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class _QuickLoader(_Composer, CParser):
        """The loader in C (libyaml)."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            Composer.__init__(self)
            Resolver.__init__(self)

    _QUICKEST = _QuickLoader


def read(file: str, text: str) -> Document:
    """Read one file. Never raises: a file that cannot be read has `data` None and the reason in `faults`."""
    document = Document(file)
    if text.startswith("\ufeff"):
        document.fault_in((1, 1), "the file begins with a byte order mark; save it as plain UTF-8, “without BOM”")
        return document
    node, fault = _compose(text)
    if node is None:
        document.fault_in(*(fault or ((1, 1), _EMPTY)))
        return document
    if not isinstance(node, MappingNode):
        document.fault_in(_place(node), "the file must be a mapping: lines of the form “key: value”")
        return document
    try:
        document.data = _Builder(document).build(node, ())
    except _Refused as refused:
        document.fault_in(refused.place, str(refused))
    return document


_EMPTY = "the file is empty; if nothing is meant, delete it or write its keys"


def _compose(text: str) -> tuple[Node | None, tuple[tuple[int, int], str] | None]:
    """The nodes, or the place of the fault and its reason; neither if the text is empty. Nodes are not cached: a megabyte kept for
    good would save a hundredth of a second whenever a file changes."""
    if not any(sign in text for sign in _DISPUTED):
        with contextlib.suppress(_Refused, yaml.YAMLError, ValueError, OverflowError):
            return _QUICKEST(text).get_single_node(), None
    loader = None
    try:
        loader = _Loader(text)
        return loader.get_single_node(), None
    except _Refused as refused:
        return None, (refused.place, str(refused))
    except yaml.MarkedYAMLError as error:
        marks = (error.problem_mark, error.context_mark)
        # A quote or bracket that is never closed is noticed at the end, but has to be mended where it was opened.
        opened = any(known in (error.problem or "") for known in ("end of stream", "could not find expected ':'"))
        mark = (marks[1] or marks[0]) if opened else (marks[0] or marks[1])
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        shifted = blamed(text, *place) if any(known in (error.problem or "") for known in _SHIFTED) else None
        return None, shifted or (place, _plain(error.problem or str(error), loader, mark))
    except yaml.reader.ReaderError as error:
        text_of = f"the character U+{ord(text[error.position]):04X} cannot stand here"
        return None, (_reached(text, error.position), text_of)
    except (ValueError, OverflowError):  # PyYAML's scanner lets these through for escapes such as "\UFFFFFFFF"
        place = (loader.line + 1, loader.column + 1) if loader else (1, 1)
        return None, (place, "an escape names a character that does not exist")


def _plain(problem: str, loader: _Loader | None, mark: Any) -> str:
    if "cannot start any token" in problem and "\\t" in problem:
        return "a tab stands here; YAML is indented with spaces"
    hint = next((hint for known, hint in _HINTS.items() if known in problem), None)
    return hint or f"this cannot be read as YAML: {problem}"


def _reached(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _place(node: Node | yaml.Event) -> tuple[int, int]:
    mark = node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


class _Builder:
    """Turns nodes into plain data and notes every place. Faults of single values are collected; only excessive size ends the
    reading."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._values = 0

    def build(self, node: Node, path: Path) -> Any:
        self._values += 1
        if self._values > MOST_VALUES:
            raise _Refused(node, f"the file holds more than {MOST_VALUES:,} values once its aliases are followed")
        if len(path) > DEEPEST:
            raise _Refused(node, f"nested more than {DEEPEST} deep (an alias inside of what it names?)")
        self._document.values[path] = _place(node)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node.value, node.tag, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in found:
                first = self._document.keys[(*path, key)][0]
                self._document.fault_in(_place(key_node), f"{quoted(key)} is here twice; the first is in line {first}")
                continue
            self._document.keys[(*path, key)] = _place(key_node)
            found[key] = self.build(value_node, (*path, key))
        return found

    def _key(self, node: Node) -> str | None:
        text = node.value if isinstance(node, ScalarNode) and node.tag == _Composer.DEFAULT_SCALAR_TAG else None
        if isinstance(text, str) and _carried(text):
            return text
        written = quoted(node.value) if isinstance(node, ScalarNode) else "a list or mapping"
        self._document.fault_in(_place(node), f"a key must be text; {written} is not (put it in quotes if it is meant)")
        return None

    def _scalar(self, text: str, tag: str, path: Path) -> Any:
        if tag == _NULL:
            return None
        if tag == _BOOL:
            return text.lower() == "true"
        if tag in (_INT, _FLOAT):
            return self._number(text, tag, path)
        if not _carried(text):
            self._document.fault(path, "a text may not hold the character NUL or half of a surrogate pair")
            return ""
        return text

    def _number(self, text: str, tag: str, path: Path) -> int | float:
        if len(text) <= LONGEST_NUMBER and tag == _INT:
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        number = (
            float(text) if len(text) <= LONGEST_NUMBER and text.strip("+-.").lower() not in ("inf", "nan") else None
        )
        if number is None or abs(number) == float("inf"):
            self._document.fault(path, f"{quoted(text)} is not a number that can be worked with")
            return 0
        return number


def _carried(text: str) -> bool:
    """Whether every store and every message can hold the text."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
