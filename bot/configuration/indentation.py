"""Finds the line that is indented wrongly when YAML only says where it could not go on.

A parser notices one line too late: a key too far right makes the next, correct one look wrong. The line that stands further right
than everything around it is the one to mend; both are named, because the file alone cannot say what was meant. It mends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence


def blamed(text: str, line: int, column: int) -> tuple[tuple[int, int], str] | None:
    """The place to mend (line and column, from 1) and the sentence, for a parser that could not go on at this place; `None` if no
    line stands out."""
    lines = text.split("\n")
    first = next((place for place, each in enumerate(lines) if _counts(each)), None)
    if first is not None and (wide := _indent(lines[first])):
        return (
            first + 1,
            wide + 1,
        ), f"the first key is indented by {_spaces(wide)}; it belongs at the start of its line"
    here = line - 1
    if not 0 < here < len(lines) or not _counts(lines[here]):
        return None
    above = next((place for place in range(here - 1, -1, -1) if _counts(lines[place])), None)
    if above is None:
        return None
    theirs, ours = _indent(lines[above]), _indent(lines[here])
    if theirs < ours and lines[here].find(":") == column - 1:
        deeper = f"this line is indented by {_spaces(ours)}, the one above it by {_spaces(theirs)}, and that one has its value"
        return (line, ours + 1), deeper
    if theirs <= ours:
        return None
    opened = _opened(lines, here, ours)
    odd = _indent(lines[opened])
    alone = _like(lines[opened:here], odd) == 1 and _like(lines, odd) <= _like(lines, ours)
    if theirs < odd or not alone or _goes_on(lines, here, odd):
        return None
    text = f"this line is indented by {_spaces(odd)}, those below it by {_spaces(ours)} (line {line})"
    return (opened + 1, odd + 1), text


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _spaces(count: int) -> str:
    return f"{count} space{'' if count == 1 else 's'}"


def _opened(lines: Sequence[str], here: int, ours: int) -> int:
    """The first line of the deeper block that ends above `here`."""
    opened = here
    while opened and (not _counts(lines[opened - 1]) or _indent(lines[opened - 1]) > ours):
        opened -= 1
    while not _counts(lines[opened]):
        opened += 1
    return opened


def _goes_on(lines: Sequence[str], here: int, odd: int) -> bool:
    """Whether the deeper block continues after this line, so that this line is the one too far left."""
    below = next((_indent(each) for each in lines[here + 1 :] if _counts(each)), None)
    return below == odd and not lines[here].rstrip().endswith(":")


def _like(lines: Sequence[str], wide: int) -> int:
    return sum(1 for each in lines if _counts(each) and _indent(each) == wide)
