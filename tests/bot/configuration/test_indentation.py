"""A line that is indented wrongly is blamed itself, not the one at which YAML gave up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.configuration.reader import read
from bot.errors import Fault

SHIPPED = sorted((Path(__file__).parents[3] / "config").rglob("*.yml"))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            "P0:\n    respond_within: 15m\n  levels:\n    - 1\n  rounds: 3\n",
            2,
            "4 spaces, those below it by 2 spaces (line 3)",
        ),
        ("P0:\n  respond_within: 15m\n   levels:\n    - 1\n", 3, "3 spaces, the one above it by 2 spaces"),
        ("  P0:\n    a: 1\nP1:\n  a: 1\n", 1, "it belongs at the start of its line"),
        ("P0:\n  a: 1\n # a remark\n  b: 1\n c: 1\n", 5, "not indented like the ones above it"),
        ("P0:\n  a: b: c\n", 2, "a colon is in the wrong place"),
        ("P0:\n  a: 1\n  bb\n  c: 1\n", 3, "a key without a colon"),
    ],
    ids=["too far right", "deeper than it may", "the first", "too far left", "a colon", "no colon"],
)
def test_the_line_to_mend_is_named_with_what_stands_out(text: str, line: int, says: str) -> None:
    (fault,) = read("x.yml", text).faults
    assert (fault.line, says in fault.text) == (line, True), fault


def test_of_the_shipped_files_nine_shifts_in_ten_are_blamed_where_they_were_made() -> None:
    found = [fault.line == place + 1 for path in SHIPPED for place, fault in _shifted(path.read_text().splitlines())]
    assert sum(found) > 0.9 * len(found) > 90


def _shifted(lines: list[str]) -> Iterator[tuple[int, Fault]]:
    for place, line in list(enumerate(lines))[::7]:
        if line.strip() and not line.lstrip().startswith("#"):
            document = read("x.yml", "\n".join([*lines[:place], f"  {line}", *lines[place + 1 :]]))
            yield from ((place, fault) for fault in document.faults[:1] if document.data is None)
