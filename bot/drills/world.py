"""The practice OpenVine of one drill at one moment, worked out from its faults and from the last change that people made. Pure.

Only the state after the last change is stored, so after a restart it stands where it would have been anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.drills.drill import Drill
from bot.drills.openvine import OpenVine, step
from bot.drills.openvine_api import from_json
from bot.drills.scenario import Scenario
from oncall.values import asdict, dataclass

FINE, COARSE = timedelta(seconds=5), timedelta(seconds=30)
"""The steps in which it is simulated: fine ones for the last minutes, so that its instruments show as much as in the sandbox."""
FINE_FOR = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Breaks:
    """What is broken, as `bot.drills.openvine.Broken` wants it."""

    active: frozenset[str]

    def on(self, fault: str) -> bool:
        return fault in self.active


def state_at(drill: Drill, at: datetime) -> OpenVine:
    """The state at that moment."""
    played, scenario = drill.played(at), drill.scenario
    if drill.world is None:
        return _lived(OpenVine(), scenario, -scenario.begins - FINE_FOR, played)
    return _lived(from_json(drill.world["state"]), scenario, timedelta(seconds=drill.world["played"]), played)


def broken_at(drill: Drill, at: datetime) -> Breaks:
    return Breaks(drill.scenario.broken(drill.played(at)))


def kept(state: OpenVine, played: timedelta) -> Mapping[str, Any]:
    """What is stored after a change."""
    return {"played": played.total_seconds(), "state": asdict(state)}


def _lived(state: OpenVine, scenario: Scenario, since: timedelta, until: timedelta) -> OpenVine:
    for begun, end in _steps(scenario, since, until):
        state = step(state, scenario.broken(begun), (end - begun).total_seconds())
    return state


def _steps(scenario: Scenario, since: timedelta, until: timedelta) -> Iterator[tuple[timedelta, timedelta]]:
    """The steps from one instant to another; none reaches across a moment at which something breaks or is mended."""
    turns = [turn for turn in scenario.turns() if since < turn < until]
    for end in [*turns, until]:
        while since < end:
            nearer = min(end, since + (FINE if until - since <= FINE_FOR else COARSE))
            yield since, nearer
            since = nearer
