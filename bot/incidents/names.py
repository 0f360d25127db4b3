"""What people call an incident, and what they mean by what they type.

Numbers below zero are logs of procedures that run without an incident: -7 is the log of run 7.
"""

from __future__ import annotations


def own_log(run: int) -> int:
    """The number of the log that a run without an incident writes."""
    return -run


def name_of(number: int) -> str:
    """What people call it: `#7`, or `run-7` for a run without an incident."""
    return f"#{number}" if number > 0 else f"run-{-number}"


def number_from(word: str) -> int | None:
    """The number of `7`, `#7` or `run-7`; nothing for any other word."""
    plain = word.strip().lower()
    digits = plain.removeprefix("run-") if plain.startswith("run-") else plain.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) <= 9):
        return None
    return own_log(int(digits)) if plain.startswith("run-") else int(digits)
