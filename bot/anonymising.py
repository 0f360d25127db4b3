"""Anonymises texts: finds a person who is to be forgotten in what was written, and puts something else in their place. Pure.

It does not guess: it looks for whole email addresses, account ids and the names it was given. A nickname that nobody named is not
found, and whoever asks is told so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson

from oncall.values import dataclass

_BEFORE, _AFTER = r"(?<![\w.+-])(?<!\w[@])", r"(?![\w-])(?!\.\w)"
"""What may not stand around it: `anna@x.org` is not found in `joanna@x.org`, and is at the end of a sentence."""
SHORTEST = 3
"""Characters of a name: two letters stand in every other word."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """One person, and who they are from now on."""

    needles: tuple[str, ...]
    """The longest first: a full name goes before the first name in it."""
    instead: str

    @classmethod
    def of(cls, needles: Iterable[str], instead: str) -> Forgotten:
        found = {needle.strip() for needle in needles}
        return cls(tuple(sorted((n for n in found if len(n) >= SHORTEST), key=len, reverse=True)), instead)

    def out_of(self, text: str) -> str:
        """The text without them."""
        for needle in self.needles:
            text = re.sub(f"{_BEFORE}{re.escape(needle)}{_AFTER}", self.instead, text, flags=re.IGNORECASE)
        return text

    @property
    def written(self) -> tuple[str, ...]:
        """Every way in which a database may hold them: as they are, and as JSON has them."""
        as_json = (orjson.dumps(needle).decode()[1:-1] for needle in self.needles)
        return tuple(dict.fromkeys((*self.needles, *as_json)))

    def out_of_json(self, text: str) -> str:
        """The same for JSON as it is kept, keys included; it stays JSON."""
        return orjson.dumps(self._out_of(orjson.loads(text))).decode()

    def _out_of(self, value: object) -> object:
        if isinstance(value, str):
            return self.out_of(value)
        if isinstance(value, dict):
            return {self.out_of(name): self._out_of(inner) for name, inner in value.items()}
        return [self._out_of(inner) for inner in value] if isinstance(value, list) else value
