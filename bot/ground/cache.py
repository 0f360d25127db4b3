"""What was worked out lately, up to so much of it: where half of that is full, the older half is forgotten.

Cheap where it counts: to find something costs a look or two, and nothing is kept in order. Threads may share it: at the worst
something is forgotten too soon.
"""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """`most`: the sizes of all that is kept, in whatever unit."""

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._size = 0

    def get(self, key: K) -> V | None:
        found = self._young.get(key)
        return found if found is not None else self._old.get(key)

    def put(self, key: K, value: V, size: int) -> None:
        """Keep it, in place of what stood there."""
        if self._size + size > self._half:
            self._young, self._old, self._size = {}, self._young, 0
        self._young[key] = value
        self._size += size
