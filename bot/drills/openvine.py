"""A model of the OpenVine video system: it leaks, crashes and recovers the way the procedures expect.

Pure: `step(state, faults, dt)` is all of its physics, `read(state)` is what the instruments show. Deterministic: the flicker of the
gauges depends only on the seed and on simulated time. It knows nothing of HTTP, alerts or clocks.

Units: MB, percent (0-100), milliseconds, seconds.
"""

from __future__ import annotations

import math
import random
from collections.abc import Set as AbstractSet
from typing import Literal, Protocol, get_args

from oncall.values import dataclass, replace

BASELINE_MB = 320.0
OUT_OF_MEMORY_MB = 1_600.0
"""Beyond this the phone's system kills the app: it crashes instead of growing."""
LEAK_MB_PER_S = 1.6
LEAK_AFTER_CLEANUP = 0.4
"""A cleanup disposes of the controllers that leaked most, so the same leak fills memory more slowly afterwards."""
FORGET_S = 240.0
"""Time constant with which leaked memory disappears by itself once nothing leaks: people close the app."""
WORSENS_AFTER_S = 240.0
RECENT_EVERY_S, RECENT_KEPT = 5.0, 120
MINUTE_S, MINUTES_KEPT = 60.0, 24 * 60
FLICKER_S = 5.0

COLUMNS = (
    "elapsed",
    "memory_mb",
    "crash_rate",
    "load_success",
    "preload_ms",
    "preload_success",
    "error_rate",
    "controllers",
)
Sample = tuple[float, ...]
"""One row of the history: elapsed seconds, then the gauges in the order of `COLUMNS`."""
Break = Literal["memory_leak", "crash_spike", "load_failures", "slow_preload", "cdn_down", "openvine_down"]
"""The faults that can be switched on."""
BREAKS: tuple[Break, ...] = get_args(Break)


class Broken(Protocol):
    """Which faults are on at present."""

    @property
    def active(self) -> frozenset[str]: ...

    def on(self, fault: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVine:
    """The system's inner state. `elapsed` is simulated seconds since it was first started."""

    seed: int = 1
    elapsed: float = 0.0
    base_mb: float = BASELINE_MB
    leaked_mb: float = 0.0
    leak_factor: float = 1.0
    crash_rate: float = 0.4
    load_success: float = 97.5
    preload_ms: float = 850.0
    preload_success: float = 96.0
    failing_s: float = 0.0
    new_video_manager: bool = True
    emergency_mode: bool = False
    rollout: float = 100.0
    """Percentage of users on the new video manager, experiment `video_system_migration_v2`."""
    recent: tuple[Sample, ...] = ()
    minutes: tuple[Sample, ...] = ()

    @property
    def blast(self) -> float:
        """The share of users (0-1) that the new video manager's faults can reach."""
        return self.rollout / 100.0 if self.new_video_manager else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What the instruments show at one moment."""

    memory_mb: float
    controllers: int
    total_videos: int
    ready_videos: int
    preload_success: float
    crash_rate: float
    preload_ms: float
    load_success: float
    error_rate: float


def step(state: OpenVine, faults: AbstractSet[str], dt: float) -> OpenVine:
    """The system `dt` seconds later, with these faults on. A `dt` of zero or less changes nothing."""
    if dt <= 0:
        return state
    failing = state.failing_s + dt if "load_failures" in faults else 0.0
    moved = replace(
        _memory(state, "memory_leak" in faults, dt),
        elapsed=state.elapsed + dt,
        failing_s=failing,
        crash_rate=_toward(state.crash_rate, _crash_target(state, faults), dt, 60.0),
        load_success=_toward(state.load_success, _load_target(state, faults, failing), dt, 30.0),
        preload_ms=_toward(state.preload_ms, _preload_target(state, faults), dt, 45.0),
        preload_success=_toward(state.preload_success, _preload_success_target(faults, failing), dt, 30.0),
    )
    return _recorded(moved)


def relieve(state: OpenVine) -> OpenVine:
    """`handleMemoryPressure()`: drops every controller that is not on screen, and most of what has leaked."""
    return replace(
        state,
        base_mb=_base_target(state) * 0.6,
        leaked_mb=state.leaked_mb * 0.08,
        leak_factor=state.leak_factor * LEAK_AFTER_CLEANUP,
    )


def at_rest(state: OpenVine) -> bool:
    """Whether everything has come back to about what it is when nothing is broken."""
    return state.leaked_mb < 10 and state.crash_rate < 1 and state.load_success > 95 and state.preload_ms < 2_500


def _memory(state: OpenVine, leaking: bool, dt: float) -> OpenVine:
    base = _toward(state.base_mb, _base_target(state), dt, 90.0)
    rate = LEAK_MB_PER_S * state.leak_factor * state.blast if leaking and not state.emergency_mode else 0.0
    leaked = state.leaked_mb + rate * dt if rate > 0 else _toward(state.leaked_mb, 0.0, dt, FORGET_S)
    factor = state.leak_factor if leaking else 1.0
    return replace(state, base_mb=base, leaked_mb=min(leaked, OUT_OF_MEMORY_MB - base), leak_factor=factor)


def _base_target(state: OpenVine) -> float:
    return BASELINE_MB * 0.6 if state.emergency_mode else BASELINE_MB


def _crash_target(state: OpenVine, faults: AbstractSet[str]) -> float:
    spike = 7.5 * state.blast if "crash_spike" in faults else 0.0
    starved = max(0.0, state.base_mb + state.leaked_mb - 1_000.0) * 0.012
    return 0.4 + spike + starved


def _load_target(state: OpenVine, faults: AbstractSet[str], failing_s: float) -> float:
    if {"load_failures", "cdn_down"} <= faults:
        return 2.0
    if "cdn_down" in faults:
        return 35.0
    if "load_failures" in faults:
        return 79.0 if failing_s < WORSENS_AFTER_S else 62.0
    return 97.5 if state.base_mb + state.leaked_mb < 1_000.0 else 93.0


def _preload_target(state: OpenVine, faults: AbstractSet[str]) -> float:
    usual = 850.0 if state.blast > 0 else 1_600.0
    slow = 6_500.0 if "slow_preload" in faults else 0.0
    retries = 1_800.0 if "cdn_down" in faults else 0.0
    return usual + (slow + retries) * (0.45 if state.emergency_mode else 1.0)


def _preload_success_target(faults: AbstractSet[str], failing_s: float) -> float:
    if "cdn_down" in faults:
        return 30.0
    if "load_failures" in faults:
        return 80.0 if failing_s < WORSENS_AFTER_S else 64.0
    return 89.0 if "slow_preload" in faults else 96.0


def _toward(value: float, target: float, dt: float, tau: float) -> float:
    """First-order approach with time constant `tau`: one step and many steps give the same result."""
    return target + (value - target) * math.exp(-dt / tau)


def read(state: OpenVine) -> Gauges:
    """What the instruments show, with a flicker that is the same whenever the same moment is read."""
    flicker = random.Random(f"{state.seed}:{int(state.elapsed // FLICKER_S)}")
    memory = state.base_mb + state.leaked_mb + flicker.uniform(-3, 3)
    success = min(100.0, max(0.0, state.load_success + flicker.uniform(-0.4, 0.4)))
    preload = min(100.0, max(0.0, state.preload_success + flicker.uniform(-0.5, 0.5)))
    total = 25 if state.emergency_mode else 100
    return Gauges(
        memory_mb=round(memory, 1),
        controllers=max(1, round(state.base_mb / 40 + state.leaked_mb / 55)),
        total_videos=total,
        ready_videos=max(1, round(state.base_mb / 40 * preload / 100)),
        preload_success=round(preload, 1),
        crash_rate=round(max(0.0, state.crash_rate + flicker.uniform(-0.05, 0.05)), 2),
        preload_ms=round(state.preload_ms + flicker.uniform(-40, 40), 0),
        load_success=round(success, 1),
        error_rate=round(100.0 - success, 1),
    )


def config(state: OpenVine) -> dict[str, int]:
    """The `VideoManagerConfig` in force, with the document's names and figures; times in seconds."""
    small = state.emergency_mode
    return {
        "maxVideos": 25 if small else 100,
        "preloadAhead": 1 if small else 3,
        "preloadBehind": 0 if small else 1,
        "maxRetries": 3,
        "preloadTimeout": 10,
    }


def _recorded(state: OpenVine) -> OpenVine:
    return replace(
        state,
        recent=_appended(state, state.recent, RECENT_EVERY_S, RECENT_KEPT),
        minutes=_appended(state, state.minutes, MINUTE_S, MINUTES_KEPT),
    )


def _appended(state: OpenVine, kept: tuple[Sample, ...], every: float, most: int) -> tuple[Sample, ...]:
    if kept and state.elapsed - kept[-1][0] < every:
        return kept
    return (*kept[-(most - 1) :], sample(state))


def sample(state: OpenVine) -> Sample:
    """What the instruments show, as one row of the history."""
    now = read(state)
    return (round(state.elapsed, 1), *(getattr(now, name) for name in COLUMNS[1:]))
