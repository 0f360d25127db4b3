"""Which other transports call somebody if none of their level's gets through.

Pure: it is given how each call stands and which transports are set up. No transport is given up: failing ones are still tried, and
a person who was not reached is called once one of them works again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from oncall.reach import known_order
from oncall.values import dataclass

NOT_THROUGH_AFTER = timedelta(seconds=30)
"""How long a call may be refused for the time being before its transport counts as failing."""


@dataclass(frozen=True, slots=True)
class Call:
    """How a call of somebody at one level stands."""

    way: str
    failing: bool
    """Refused for good, or tried for a while without getting through."""
    later: bool = False
    """Its time has not come: nobody knows yet whether it gets through."""


def other_ways(calls: Sequence[Call], configured: Collection[str]) -> tuple[str, ...]:
    """The transports not used yet, if every one used so far fails; none while one of them has got through or still may.

    A transport that was to start later counts as not used yet: there is nothing left to wait for.
    """
    used = [call for call in calls if not call.later]
    if not used or not all(call.failing for call in used):
        return ()
    return tuple(known_order(set(configured) - {call.way for call in used}))
