"""A value of somebody else's JSON that knows where it stands, so that what is wrong with it is said with file and path.

Faults are collected over all files: whoever exports again does it once, not fault by fault. `each` isolates the items of a
list from one another; nothing here guesses a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from oncall.values import dataclass

T = TypeVar("T")
EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
YEARS = range(1970, 2200)
"""Beyond them no tool ever put anybody on call."""
_NAMES = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number", bool: "true or false"}


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """One value that cannot be read."""

    file: str
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.text}"


class Misread(Exception):
    """This value cannot be used. Caught where its neighbours can go on without it."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(str(flaw))
        self.flaw = flaw


class BadExport(Exception):
    """The files cannot be used. Carries every flaw."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = sorted(set(flaws))
        super().__init__("\n".join(map(str, self.flaws)))


@dataclass(frozen=True, slots=True)
class Node:
    """`path` as JSON paths are written: `$.schedule.schedule_layers[0].start`."""

    value: Any
    file: str
    path: str = "$"

    def wrong(self, text: str) -> Misread:
        """To be raised: why this value cannot be used."""
        return Misread(Flaw(self.file, self.path, text))

    def has(self, key: str) -> bool:
        """Whether there is such a key with a value."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def get(self, key: str) -> Node:
        """The value under the key. Raises `Misread` if there is none."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"an object with “{key}” is expected, but this is {_kind(self.value)}")
        if self.value.get(key) is None:
            raise self.wrong(f"“{key}” is missing")
        return Node(self.value[key], self.file, f"{self.path}.{key}")

    def items(self, key: str = "") -> Iterator[Node]:
        """The items of a list; of none if the key is missing or null."""
        if key and not self.has(key):
            return
        node = self.get(key) if key else self
        if not isinstance(node.value, list):
            raise node.wrong(f"a list is expected, but this is {_kind(node.value)}")
        for index, item in enumerate(node.value):
            yield Node(item, self.file, f"{node.path}[{index}]")

    def text(self, key: str = "") -> str:
        node = self.get(key) if key else self
        if not isinstance(node.value, str) or not node.value.strip():
            raise node.wrong(f"text is expected, but this is {_kind(node.value)}")
        return node.value.strip()

    def email(self, key: str) -> str:
        """An email address, which is what a person is called by here."""
        text = self.text(key)
        if not EMAIL.fullmatch(text):
            raise self.get(key).wrong(f"“{text[:60]}” is not an email address")
        return text

    def text_or(self, key: str, otherwise: str) -> str:
        return self.text(key) if self.has(key) else otherwise

    def whole(self, key: str, *, least: int = 0, most: int = 366 * 86_400) -> int:
        """A whole number within bounds; of seconds the most is a year."""
        node = self.get(key)
        if isinstance(node.value, bool) or not isinstance(node.value, int):
            raise node.wrong(f"a whole number is expected, but this is {_kind(node.value)}")
        if not least <= node.value <= most:
            raise node.wrong(f"a whole number from {least:,} to {most:,} is expected")
        return node.value

    def choice(self, key: str, known: Iterable[str]) -> str:
        node, words = self.get(key), list(known)
        if node.value not in words:
            raise node.wrong(f"“{node.value}” is not known here ({', '.join(words)})")
        return str(node.value)

    def instant(self, key: str) -> datetime:
        """ISO 8601 with an offset or Z, in UTC."""
        found = self._moment(key)
        if found.tzinfo is None:
            raise self.get(key).wrong("an instant needs an offset or a Z at its end; without one it could be anywhere")
        return found.astimezone(UTC)

    def wall(self, key: str, timezone: str) -> datetime:
        """ISO 8601 as the clock on the wall of that zone shows it, without a zone."""
        found = self._moment(key)
        return (found if found.tzinfo is None else found.astimezone(ZoneInfo(timezone))).replace(tzinfo=None)

    def zone(self, key: str, otherwise: str = "") -> str:
        """The name of a time zone that is known here."""
        if otherwise and not self.has(key):
            return otherwise
        name = self.text(key)
        try:
            ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            raise self.get(key).wrong(f"there is no time zone “{name}” (names look like Europe/Berlin)") from None
        return name

    def _moment(self, key: str) -> datetime:
        text = self.text(key)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise self.get(key).wrong(f"“{text[:40]}” is not an ISO 8601 instant") from None
        if found.year not in YEARS:
            raise self.get(key).wrong(f"“{text[:40]}” is not between the years {YEARS[0]} and {YEARS[-1]}")
        return found


def each(nodes: Iterator[Node], read: Callable[[Node], T], flaws: list[Flaw]) -> list[T]:
    """Every item read; what cannot be is left in `flaws`, and the others go on."""
    found = []
    try:
        for node in nodes:
            try:
                found.append(read(node))
            except Misread as misread:
                flaws.append(misread.flaw)
    except Misread as misread:  # it is no list at all
        flaws.append(misread.flaw)
    return found


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str) and not value.strip():
        return "empty text"
    return _NAMES.get(type(value), type(value).__name__)
