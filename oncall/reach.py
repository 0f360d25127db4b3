"""By which transports somebody is called, and when each of them starts.

Pure. A person may have a list of their own for a severity, with delays; without one the level's `via` decides, all at once. It
never waits for a transport that cannot work: if the first ones of a list are off, the next start in their place, and if all are,
others do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from oncall.policy import TRANSPORTS, ZERO
from oncall.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Start:
    """One transport, and how long after the call it starts."""

    transport: str
    after: timedelta = ZERO


@dataclass(frozen=True, slots=True)
class Reach:
    """Which transports can reach one person (or the team), and which they want at the severity in question."""

    on: frozenset[str]
    """The transports that are set up and have an address of this person."""
    own: tuple[Start, ...] = ()
    """The person's own list; empty if the level decides."""

    def without(self, transport: str) -> Reach:
        """The same reach if that transport did not exist."""
        own = tuple(start for start in self.own if start.transport != transport)
        return Reach(self.on - {transport}, own)


@dataclass(frozen=True, slots=True)
class Starts:
    """Which transports a call of somebody starts, and which wanted ones it cannot."""

    starts: tuple[Start, ...]
    off: tuple[str, ...]
    instead: bool = False
    """None of the wanted transports is on: these are all the others that are."""

    @property
    def via(self) -> tuple[str, ...]:
        return tuple(start.transport for start in self.starts)


def starts(reach: Reach, via: Sequence[str]) -> Starts:
    """What a call by this level's `via` starts for somebody with that reach. It is empty only if no transport at all is on."""
    wanted = reach.own or tuple(Start(transport) for transport in via)
    off = tuple(start.transport for start in wanted if start.transport not in reach.on)
    on = tuple(start for start in wanted if start.transport in reach.on)
    if on:
        return Starts(_pulled_forward(on, min(start.after for start in wanted)), off)
    others = [transport for transport in via if transport in reach.on] or known_order(reach.on)
    return Starts(tuple(Start(transport) for transport in others), off, instead=True)


def _pulled_forward(found: tuple[Start, ...], first: timedelta) -> tuple[Start, ...]:
    """The remaining transports start when the list was to start, and keep their distances."""
    sooner = min(start.after for start in found) - first
    return tuple(replace(start, after=start.after - sooner) for start in found)


def known_order(configured: Collection[str]) -> Iterator[str]:
    """Transports in the order in which people read them everywhere."""
    yield from (name for name in TRANSPORTS if name in configured)
    yield from sorted(set(configured) - set(TRANSPORTS))
