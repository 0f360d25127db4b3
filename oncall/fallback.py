"""By which other transports somebody is called if none of their level's gets through to them.

Pure: it knows how each call stands and which transports are set up. No transport is given up: those that fail are still tried, and
whoever was not reached is called once one of them works again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from oncall.reach import known_order
from oncall.values import dataclass

NOT_THROUGH_AFTER = timedelta(seconds=30)
"""How long a call may be refused for now before its way counts as failing."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of somebody at one level, as it stands."""

    way: str
    failing: bool
    """Refused for good, or tried for a while and not through."""
    later: bool = False
    """Its time has not come: nobody knows yet whether it gets through."""


def other_ways(calls: Sequence[Call], configured: Collection[str]) -> tuple[str, ...]:
    """The ways not used yet, if each one used so far fails; none while one of them may still get through, or has.

    What was to be used later counts as not used yet: there is nothing to wait for any more.
    """
    used = [call for call in calls if not call.later]
    if not used or not all(call.failing for call in used):
        return ()
    return tuple(known_order(set(configured) - {call.way for call in used}))
