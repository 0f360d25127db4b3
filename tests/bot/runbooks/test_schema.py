"""The published schema and the reader know the same keys, at every place of a file, and the schema takes what the reader takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pytest

from bot.configuration.reader import read
from bot.runbooks.reading import KEYS, STEP_KEYS, parse_runbook
from bot.runbooks.schema import KINDS, RUNBOOK, STEP, runbook_schema
from bot.runbooks.steps import STEP_KINDS

from .helpers import EVERY, SHIPPED, book

jsonschema = pytest.importorskip(
    "jsonschema", reason="this environment is older than requirements-dev.txt; `make` brings it up to date"
)
Draft202012Validator = jsonschema.Draft202012Validator


SCHEMA = runbook_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
STRANGE = "qqqqqqqqqqqq"
"""A key that is none and resembles none."""


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yml")), ids=lambda file: file.stem)
def test_every_shipped_runbook_is_taken(file: Any) -> None:
    assert not list(VALIDATOR.iter_errors(read(file.name, file.read_text(encoding="utf-8")).data))


def test_every_kind_of_step_is_taken_and_an_unknown_key_of_it_is_not() -> None:
    for step in EVERY:
        assert VALIDATOR.is_valid(book(step)), step
        assert not VALIDATOR.is_valid(book({**step, STRANGE: 1})), step
    assert not VALIDATOR.is_valid(book({"type": STRANGE}))
    assert not VALIDATOR.is_valid({"id": "x", "title": "X"})


def test_every_key_of_the_tables_is_described() -> None:
    assert set(RUNBOOK) == set(KEYS) - {"steps"}
    assert set(STEP) == set(STEP_KEYS) - {"type"}
    assert {kind: set(KINDS.get(kind, {})) for kind in STEP_KINDS} == {k: set(v.keys) for k, v in STEP_KINDS.items()}


Place = tuple[str | int, ...]


def mappings(schema: Any, at: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every mapping of a file that has keys of its own: its place, and its schema."""
    if not isinstance(schema, Mapping):
        return
    if schema.get("additionalProperties") is False:
        yield at, schema
    for key, inner in schema.get("properties", {}).items():
        yield from mappings(inner, (*at, key))
    for inner in schema.get("anyOf", []):
        yield from mappings(inner, at)
    if "items" in schema and "oneOf" not in schema["items"]:
        yield from mappings(schema["items"], (*at, 0))


def put(data: dict[str, Any], at: Place, value: Any) -> Any:
    """The data with a value at a place; what is missing on the way there is made."""
    made: Any = json.loads(json.dumps(data))
    inner: Any = made
    for part, following in pairwise(at):
        if not (isinstance(inner, list) or isinstance(inner.get(part), dict | list)) or inner[part] is None:
            inner[part] = [None] if following == 0 else {}
        inner = inner[part]
    inner[at[-1]] = value
    return made


def known_at(data: dict[str, Any], at: Place) -> set[str]:
    """The keys that the reader knows there, in its own words."""
    said: list[str] = []
    parse_runbook(put(data, at, {STRANGE: 1}), lambda path, text: said.append(text) if path == (*at, STRANGE) else None)
    assert len(said) == 1, (at, said)
    return set(said[0].rpartition("Known are: ")[2].rstrip(".").split(", "))


WHERE = [
    *(
        (("steps", 0, *at), kind, node)
        for kind, at, node in (
            (kind, at, node)
            for kind, step in zip(STEP_KINDS, SCHEMA["properties"]["steps"]["items"]["oneOf"], strict=True)
            for at, node in mappings(step)
            if at
        )
    ),
    *((at, "note", node) for at, node in mappings(SCHEMA) if at),
]


@pytest.mark.parametrize(("at", "kind", "node"), WHERE, ids=lambda part: str(part)[:40])
def test_at_every_place_the_reader_and_the_schema_know_the_same_keys(
    at: Place, kind: str, node: Mapping[str, Any]
) -> None:
    step = next((step for step in EVERY if step["type"] == kind), {"type": kind})
    assert known_at(book(step), at) == set(node["properties"])
