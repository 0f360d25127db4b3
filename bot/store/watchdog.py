"""A watchdog: tells whether a worker that should be making progress is stuck.

The worker calls `moved`, and somebody else calls `look` now and then. Looks are counted, not timed: in a process that is starved of
CPU both become rare, and it is not taken for stuck. What follows from it is for the caller to decide.
"""

from __future__ import annotations

LOOK_EVERY = 0.5
"""Seconds between two looks."""
HANGS_AFTER = 20.0
"""Seconds without any movement after which somebody is not slow but broken: every wait of the store is bounded by less."""


class Watchdog:
    """Watches one worker. `moved` and `look` may be called from different threads."""

    def __init__(self) -> None:
        self._beat = self._seen = self._still = 0

    def moved(self) -> None:
        """The worker has made progress."""
        self._beat += 1

    def look(self, *, waiting: bool) -> int:
        """How many looks in a row, this one included, found work waiting and no progress."""
        self._still = self._still + 1 if waiting and self._beat == self._seen else 0
        self._seen = self._beat
        return self._still

    @property
    def hangs(self) -> bool:
        return self._still * LOOK_EVERY > HANGS_AFTER
