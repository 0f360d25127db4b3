"""Named points at which the process may be made to die, for `make torture`: `FAULT_AT=name:n` kills it at the n-th passage.

Without that variable every passage is one comparison. It refuses to do anything subtler than SIGKILL: no handler, no flush,
no farewell, because that is what a power cut does.

The points: `before_commit` and `after_commit` (on disk, nobody answered yet) of the writer; `before_send` and `after_send` of a
delivery ("about to" is on disk; taken by the other side, outcome not on disk); `begun` of a runbook step (the same as
`before_send`, once the run says so too). One kind of delivery alone is named as `after_send.page`.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

POINTS = ("before_commit", "after_commit", "before_send", "begun", "after_send")

_name, _, _count = os.environ.get("FAULT_AT", "").partition(":")
_passages: Counter[str] = Counter()
_counting = threading.Lock()


def passing(point: str, kind: str = "") -> None:
    """We are at `point`. Returns, unless this is where the process has to die."""
    if _name and _name in (point, f"{point}.{kind}"):
        _count_or_die()


def _count_or_die() -> None:
    with _counting:
        _passages[_name] += 1
        if _passages[_name] >= int(_count or 1):
            os.kill(os.getpid(), signal.SIGKILL)
