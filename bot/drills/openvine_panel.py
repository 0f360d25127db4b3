"""What OpenVine's figures mean to a person: names, units, the document's thresholds, and one word for the whole.

Pure: it reads the model's state and refuses to change it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.drills import openvine
from bot.drills.openvine import COLUMNS, Gauges, OpenVine
from oncall.values import asdict, dataclass

EXPERIMENT = "video_system_migration_v2"
FLAGS = ("new_video_manager", "emergency_mode")


@dataclass(frozen=True, slots=True)
class Gauge:
    """One instrument: `name` is the attribute of `Gauges`; `warning` and `critical` are the document's limits."""

    id: str
    label: str
    unit: str
    name: str
    warning: float | None = None
    critical: float | None = None

    def grade(self, value: float) -> str:
        """ok, warning or critical. If the critical limit is the lower one, falling values are the bad ones."""
        falling = self.warning is not None and self.critical is not None and self.critical < self.warning
        sign = -1 if falling else 1
        if self.critical is not None and sign * value > sign * self.critical:
            return "critical"
        return "warning" if self.warning is not None and sign * value > sign * self.warning else "ok"


GAUGES = (
    Gauge("memory", "Video memory", "MB", "memory_mb", 500, 800),
    Gauge("controllers", "Active controllers", "", "controllers", 12, 16),
    Gauge("crash_rate", "Crash rate", "%", "crash_rate", 2, 5),
    Gauge("load_success", "Load success", "%", "load_success", 85, 70),
    Gauge("preload_ms", "Preload time", "ms", "preload_ms", 5_000),
    Gauge("preload_success", "Preload success", "%", "preload_success", 85, 70),
    Gauge("error_rate", "Error rate", "%", "error_rate"),
)


def checks(now: Gauges) -> dict[str, str]:
    """Each watched figure against the document's thresholds."""
    values = asdict(now)
    return {gauge.name: gauge.grade(values[gauge.name]) for gauge in GAUGES if gauge.warning is not None}


def condition(now: Gauges) -> str:
    """One word for the whole system: healthy, degraded or critical."""
    grades = set(checks(now).values())
    return "critical" if "critical" in grades else "degraded" if "warning" in grades else "healthy"


def flags(state: OpenVine) -> dict[str, bool]:
    return {name: getattr(state, name) for name in FLAGS}


USERS = 6_000
"""How many users there are, of whom the experiment gives a percentage the treatment."""


def results(rollout: float, *, crashing: bool) -> dict[str, Any]:
    """What the document's `getExperimentResults` gives: a lift that is significant with enough users, and that crashes turn
    negative."""
    treatment = round(USERS * rollout / 100)
    return {
        "controlUsers": USERS - treatment,
        "treatmentUsers": treatment,
        "liftPercentage": -9.3 if crashing else 12.4,
        "isSignificant": treatment >= USERS / 4,
    }


def panel(state: OpenVine, at: datetime) -> dict[str, Any]:
    """What the page shows: gauges with their last readings (`[epoch seconds, value]`), flags, config, rollout."""
    return {
        "gauges": [_shown(gauge, state, at) for gauge in GAUGES],
        "flags": flags(state),
        "config": openvine.config(state),
        "rollout": {EXPERIMENT: state.rollout},
    }


def _shown(gauge: Gauge, state: OpenVine, at: datetime) -> dict[str, Any]:
    born = at.timestamp() - state.elapsed
    column = COLUMNS.index(gauge.name)
    return {
        "id": gauge.id,
        "label": gauge.label,
        "unit": gauge.unit,
        "value": getattr(openvine.read(state), gauge.name),
        "warning": gauge.warning,
        "critical": gauge.critical,
        "history": [[round(born + row[0], 1), row[column]] for row in state.recent],
    }
