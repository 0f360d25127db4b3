"""What `check` reports, one line each, and how grave it is."""

from __future__ import annotations

from typing import Literal

from oncall.values import dataclass

Mark = Literal["good", "note", "fault"]
"""`good` is proved, `note` should be known, `fault` must be mended: somebody would not be reached, or something cannot work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. `details` are lines that belong to it."""

    mark: Mark
    topic: str
    text: str
    details: tuple[str, ...] = ()
