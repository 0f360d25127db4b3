"""Chooses which of many points are shown if only few may be: the ends, the peaks, the marked ones, then those that bend a line
most.

Pure. It refuses to smooth: every point that is shown was measured.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import heappop, heappush
from itertools import pairwise

Values = Sequence[float | None]


def chosen(lines: Sequence[Values], count: int, marks: Collection[int] = ()) -> list[int]:
    """At most `count` places, in order, the same for all lines. `marks` come first, then the extremes of each line."""
    length = max(map(len, lines), default=0)
    if length <= count:
        return list(range(length))
    kept = dict.fromkeys([0, length - 1])
    wanted = [*dict.fromkeys(marks), *(place for line in lines for place in _extremes(line))]
    for place in wanted:
        if len(kept) < count:
            kept[place] = None
    return _bent(lines, sorted(kept), count)


def _extremes(line: Values) -> list[int]:
    """The highest and the lowest point of a line."""
    known = [place for place, value in enumerate(line) if value is not None]
    if not known:
        return []
    return [max(known, key=lambda place: line[place] or 0.0), min(known, key=lambda place: line[place] or 0.0)]


def _bent(lines: Sequence[Values], kept: list[int], count: int) -> list[int]:
    """More places, one after the other: each time the one where the lines as drawn so far are farthest from what was measured."""
    spans = [_span(line) for line in lines]
    heap: list[tuple[float, int, int, int]] = []
    for start, end in pairwise(kept):
        _push(heap, lines, spans, start, end)
    found = set(kept)
    while heap and len(found) < count:
        _, place, start, end = heappop(heap)
        found.add(place)
        _push(heap, lines, spans, start, place)
        _push(heap, lines, spans, place, end)
    return sorted(found)


def _span(line: Values) -> float:
    known = [value for value in line if value is not None]
    return (max(known) - min(known)) or 1.0 if known else 1.0


def _push(
    heap: list[tuple[float, int, int, int]], lines: Sequence[Values], spans: Sequence[float], start: int, end: int
) -> None:
    """Puts forward the point between two shown ones that is farthest from the straight line between them, or the middle one if all
    lie on it."""
    if end - start < 2:
        return
    middle = (start + end) // 2
    best, place = 0.0, middle
    for line, span in zip(lines, spans, strict=True):
        first, last = line[start], line[end]
        if first is None or last is None:
            continue
        for at in range(start + 1, end):
            value = line[at]
            if value is not None:
                off = abs(value - first - (last - first) * (at - start) / (end - start)) / span
                if off > best:
                    best, place = off, at
    heappush(heap, (-best, place, start, end))
