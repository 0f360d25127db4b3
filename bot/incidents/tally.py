"""What alerts add to an incident besides events. A storm adds thousands of times, and it is written once."""

from __future__ import annotations

from datetime import datetime

from bot.incidents.incident import Incident
from oncall.values import dataclass, replace


@dataclass(slots=True)
class Tally:
    """How much more there is than the incident knows of, and the newest figure if there was one."""

    alerts: int = 0
    firing: int = 0
    repeats: int = 0
    value: str | None = None
    value_at: datetime | None = None

    def added_to(self, incident: Incident) -> Incident:
        return replace(
            incident,
            alerts=incident.alerts + self.alerts,
            firing=incident.firing + self.firing,
            repeats=incident.repeats + self.repeats,
            value=self.value or incident.value,
            value_at=self.value_at or incident.value_at,
        )
