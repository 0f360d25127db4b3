"""Whether somebody who should be moving stands still: a beat that the one at work gives, and looks at it from outside.

Looks are counted, not timed: a process that is starved as a whole looks as seldom as it moves, and is not stuck. It refuses to
decide what follows.
"""

from __future__ import annotations

LOOK_EVERY = 0.5
"""Seconds between two looks."""
HANGS_AFTER = 20.0
"""Seconds without any movement after which somebody is not slow but broken: every wait of the store is bounded by less."""


class Watchdog:
    """Of one worker; beats may come from another thread than looks."""

    def __init__(self) -> None:
        self._beat = self._seen = self._still = 0

    def moved(self) -> None:
        """Something has come to an end: whoever is looked at gets on."""
        self._beat += 1

    def look(self, *, waiting: bool) -> int:
        """How many looks in a row have found that somebody waits and nothing has moved."""
        self._still = self._still + 1 if waiting and self._beat == self._seen else 0
        self._seen = self._beat
        return self._still

    @property
    def hangs(self) -> bool:
        return self._still * LOOK_EVERY > HANGS_AFTER
