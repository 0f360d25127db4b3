"""Payloads that are nearly right: a real one, with something else in one of its places."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

THINGS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**70), max_value=2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "\x00", "a\x00b", "\x1b[31m", "\u202eevil", "漢" * 3_000, "#5", "0.0", [], {}, [1], ["x"], [None], [[]]]
    ),
    st.sampled_from([{"id": 1}, {"id": None}, {"value": 5}, {"value": {"a": 1}}, {"a": {"b": {}}}, [{}], [{"a": []}]]),
    st.text(max_size=20),
)
CHANGES = st.lists(st.tuples(st.lists(st.integers(0, 11), min_size=1, max_size=6), THINGS), min_size=1, max_size=3)
"""Paths into a payload, and what is put there."""


def changed(payload: Any, changes: list[tuple[list[int], Any]]) -> Any:
    """The payload with each change made, as deep as its path leads."""
    made = copy.deepcopy(payload)
    for way, thing in changes:
        made = _put(made, way, copy.deepcopy(thing))
    return made


def _put(value: Any, way: list[int], thing: Any) -> Any:
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not keys or not way:
        return thing
    key = keys[way[0] % len(keys)]
    value[key] = _put(value[key], way[1:], thing)
    return value
