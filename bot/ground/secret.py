"""A text that nobody is to read by accident: printing, formatting or logging it shows that there is one, and not which.

It refuses to guard against whoever asks for it: `reveal` gives the text, and stands where it is needed.
"""

from __future__ import annotations

from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """Two of the same text are equal; an empty one is no secret."""

    _text: str

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(…)"
