"""A cache of bounded size: entries are kept in two halves, and when the newer one is full, the older one is dropped.

Looking something up costs one or two dictionary look-ups, and no order is kept. Threads may share it: at worst an entry is dropped
too early.
"""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """`most`: the sum of the sizes of all entries at the most, in whatever unit `put` is given."""

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
