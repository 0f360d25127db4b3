"""One file that people edit, as it was read: plain data that still knows where each value stands.

Code that finds something wrong says only *which* value it is (a path such as `("rules", 2, "severity")`); the line and column are
found here. Nothing is raised: faults are collected, so that a person corrects a file once, not fault by fault.
"""

from __future__ import annotations

from typing import Any

from bot.errors import Fault
from oncall.values import dataclass, field

Path = tuple[str | int, ...]
Place = tuple[int, int]
"""Line and column, both from 1."""


@dataclass(slots=True)
class Document:
    """`data` is what the file holds, or `None` if it could not be read (then `faults` says why)."""

    file: str
    """The name inside the folder: `alerts.yml`, `runbooks/high-memory.yml`."""
    data: dict[str, Any] | None = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: Path, text: str) -> None:
        """Something is wrong with the value at `path`."""
        self.fault_in(_nearest(self.values, path), text)

    def fault_at_key(self, path: Path, text: str) -> None:
        """Something is wrong with the key itself, or with what is missing under it."""
        self.fault_in(_nearest({(): (1, 1), **self.keys}, path), text)

    def fault_in(self, place: Place, text: str) -> None:
        """Something is wrong in a place that has no path, such as the second of two equal keys."""
        self.faults.append(Fault(self.file, *place, text))


def _nearest(places: dict[Path, Place], path: Path) -> Place:
    """The place of the path, or of the nearest value around it."""
    for length in range(len(path), -1, -1):
        if path[:length] in places:
            return places[path[:length]]
    return (0, 0)


def quoted(text: object, limit: int = 60) -> str:
    """What a person wrote, in quotes: one short line without control characters."""
    shown = "".join(sign if sign.isprintable() else " " for sign in str(text)[: limit + 1])
    return f"“{shown[:limit]}…”" if len(shown) > limit else f"“{shown}”"
