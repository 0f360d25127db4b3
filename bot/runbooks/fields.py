"""Reads a mapping that a person wrote: every fault is reported with its place, nothing is guessed.

It does not stop at the first fault. A getter that finds a fault reports it and returns the empty value, so that the rest of the
file is still checked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

Path = tuple[str | int, ...]
Report = Callable[[Path, str], None]
"""Called with the place inside the YAML document and the fault."""

_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
LONGEST_SPAN = timedelta(days=366)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean “x”?`, or nothing if no known word is near."""
    spelled = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), list(spelled), n=1, cutoff=0.6)
    return f" Did you mean “{spelled[near[0]]}”?" if near else ""


def span_from(value: object) -> timedelta | None:
    """`30s`, `5m`, `1h30m`, `2h`, `1d`, or whole seconds as a number; `None` for anything else, zero, or over a year."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        seconds = value
    else:
        found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 20 else None
        if found is None:
            return None
        days, hours, minutes, rest = (int(part or 0) for part in found.groups())
        seconds = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    if not 0 < seconds <= LONGEST_SPAN.total_seconds():
        return None
    return timedelta(seconds=seconds)


class Fields:
    """A mapping, its place, and where its faults are reported."""

    def __init__(self, data: Mapping[Any, Any], path: Path, fault: Report) -> None:
        self.data = data
        self.path = path
        self._fault = fault

    def wrong(self, key: str | None, text: str) -> None:
        """Report a fault at a key (or at the mapping itself)."""
        self._fault(self.path if key is None else (*self.path, key), text)

    def wrong_at(self, path: Path, text: str) -> None:
        """Report a fault at a path below the mapping."""
        self._fault((*self.path, *path), text)

    def only(self, known: Iterable[str], what: str) -> None:
        """Report every key that is not known."""
        known = list(known)
        for key in self.data:
            if key not in known:
                hint = did_you_mean(str(key), known) or f" Known are: {', '.join(known)}."
                self._fault((*self.path, key), f"unknown key “{key}” in {what}.{hint}")

    def text(self, key: str, *, required: bool = False) -> str:
        """The text at `key`, stripped; empty if there is none."""
        value = self.data.get(key)
        if value is None:
            if required:
                self.wrong(None, f"“{key}” is missing.")
            return ""
        if not isinstance(value, str):
            self.wrong(key, f"“{key}” must be text. Put it in quotes if text is meant.")
            return ""
        if required and not value.strip():
            self.wrong(key, f"“{key}” is empty.")
        return value.strip()

    def flag(self, key: str) -> bool | None:
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.wrong(key, f"“{key}” must be true or false.")
        return None

    def number(self, key: str) -> float | None:
        value = self.data.get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        self.wrong(key, f"“{key}” must be a number.")
        return None

    def span(self, key: str, *, required: bool = False) -> timedelta | None:
        value = self.data.get(key)
        if value is None:
            if required:
                self.wrong(None, f"“{key}” is missing.")
            return None
        span = span_from(value)
        if span is None:
            self.wrong(key, f"“{value}” is not a duration. Write 30s, 5m, 2h or 1d.")
        return span

    def items(self, key: str) -> list[Any]:
        """The list at `key`; empty if there is none."""
        value = self.data.get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.wrong(key, f"“{key}” must be a list.")
        return []

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts at `key`."""
        found = []
        for index, item in enumerate(self.items(key)):
            if isinstance(item, str) and item.strip():
                found.append(item.strip())
            else:
                self.wrong_at((key, index), f"an item of “{key}” must be text.")
        return tuple(found)

    def inner(self, *keys: str | int) -> Fields | None:
        """The mapping at a key (or at a key and an index of the list there); `None` if there is none."""
        value: Any = self.data
        for key in keys:
            value = value[key] if isinstance(key, int) else value.get(key)
        path = (*self.path, *keys)
        if value is None and not isinstance(keys[-1], int):
            return None
        if isinstance(value, Mapping):
            return Fields(value, path, self._fault)
        self._fault(path, "a mapping (key: value) is expected here.")
        return None
