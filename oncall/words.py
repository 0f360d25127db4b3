"""How the faults of a file are worded: guesses at what was meant, and durations as the files write them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` for the closest known word, else an empty string."""
    guess = closest(word, known)
    return f'; did you mean "{guess}"?' if guess else ""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that may have been meant, if any is close."""
    by_lower = {each.lower(): each for each in known}
    close = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def written(duration: timedelta) -> str:
    """The duration in the largest unit that expresses it exactly: `90m`, `2h`, `30s`."""
    seconds = duration.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and not seconds % size:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
