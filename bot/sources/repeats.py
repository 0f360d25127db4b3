"""Alerts that come again: whoever repeats one sends the words of the last time, and another end.

Prometheus repeats each firing alert every minute. What was read of its labels, annotations, start and link is remembered, and
what comes is compared with that: equal words are the same alert, any other is read anew. Refuses to remember what gave cause
for a complaint, what is no plain text, and more than some megabytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.alerts import Alert
from bot.ground.cache import BoundedCache
from oncall.values import dataclass

MOST = 4_000_000
"""Characters that are remembered in all."""
LONGEST = 4_000
"""Characters of an alert that is remembered."""


@dataclass(frozen=True, slots=True)
class _Read:
    labels: Mapping[str, str]
    said: tuple[Any, ...]
    """What is said of it besides its labels and its end."""
    alert: Alert
    """Without its end."""


class Repeats:
    """What was read lately, by the values of the labels: one for each alert, the newest."""

    def __init__(self) -> None:
        self._read: BoundedCache[str, _Read] = BoundedCache(MOST)

    def find(self, entry: Mapping[str, Any], labels: Mapping[str, Any]) -> Alert | None:
        """What these very words were read as."""
        try:
            read = self._read.get("".join(labels.values()))
        except TypeError:
            return None
        # What is kept is text, and nothing but the same text equals it.
        if read is not None and read.labels == labels and read.said == _said(entry):
            return read.alert
        return None

    def keep(self, entry: Mapping[str, Any], labels: Mapping[str, Any], alert: Alert) -> None:
        """It was read as this, and nothing in it was odd."""
        said = _said(entry)
        starts_at, annotations, link = said[0], said[1] or {}, said[2] or ""
        texts = [*labels, *labels.values(), *annotations, *annotations.values(), starts_at, link]
        if all(type(text) is str for text in texts) and (size := sum(map(len, texts))) <= LONGEST:
            self._read.put("".join(labels.values()), _Read(labels, said, alert), size)


def _said(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return entry.get("startsAt"), entry.get("annotations"), entry.get("generatorURL")
