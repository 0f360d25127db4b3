"""An incident whole, as a value, and what every decision about one answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.alerts import SEVERITIES, Severity
from bot.events import Event
from oncall.policy import Ladder, Rung, rungs
from oncall.values import dataclass, field

State = Literal["triggered", "acknowledged", "monitoring", "resolved"]
OPEN_STATES: tuple[State, ...] = ("triggered", "acknowledged", "monitoring")

PRACTICE = "drill"
"""What a drill that is paused is kept quiet by, where a silence's id would stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident, whole. Times are UTC."""

    number: int
    service: str
    join_key: str
    title: str
    severity: Severity
    state: State
    rule: str | None = None
    runbook: str | None = None
    opened_at: datetime
    acknowledged_at: datetime | None = None
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by_alert: bool = False
    commander: str | None = None
    respond_from: datetime
    """When the response clock started: at the opening, anew at each reopening."""
    respond_by: datetime | None = None
    ladder: Ladder
    """The policy as it was when the incident opened or its severity changed."""
    ladder_from: datetime
    rung: int = 0
    """The index of the next rung to climb."""
    next_at: datetime | None = None
    """The due column: when the engine has to look at this incident again."""
    held_until: datetime | None = None
    """Until when it keeps still: a snooze while nobody has it, the clock of an acknowledgement while somebody does."""
    silenced_by: str | None = None
    """The silence it is held by: none of its alerts may call anybody before that ends."""
    inhibited_by: int | None = None
    """The open incident that it follows from, which keeps it from calling."""
    alerts: int = 0
    """How many distinct alerts it holds."""
    firing: int = 0
    """How many of them still fire."""
    repeats: int = 0
    value: str = ""
    value_at: datetime | None = None
    """When its value was reported; of incidents from before it was written down nobody knows."""
    threshold: str = ""
    """The limit that made it as grave as it is."""
    labels: dict[str, str] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()
    runbook_url: str = ""
    reopened: int = 0
    """How often it was reopened; part of the keys of its pages, so that a reopening pages again."""
    drill: bool = False
    last_seq: int = 0
    version: int = 0

    @property
    def rank(self) -> int:
        """Its place among others that call: 0 is the gravest. Practice goes last."""
        return len(SEVERITIES) - 1 if self.drill else SEVERITIES.index(self.severity)

    @property
    def is_open(self) -> bool:
        return self.state != "resolved"

    @property
    def responded_at(self) -> datetime | None:
        """The first acknowledgement, or what ended the need for one if that came earlier."""
        moments = [m for m in (self.acknowledged_at, self.mitigated_at, self.resolved_at) if m is not None]
        return min(moments) if moments else None

    def response_met(self, at: datetime) -> bool | None:
        """Whether somebody responded in time; `None` while that is still open (or nothing was promised)."""
        if self.respond_by is None:
            return None
        if self.responded_at is not None:
            return self.responded_at <= self.respond_by
        return None if at <= self.respond_by else False

    @property
    def alone_since(self) -> datetime:
        """Since when nobody has had it, while nobody has: since it began to call again, if somebody had answered before."""
        return self.ladder_from if self.acknowledged_at else self.respond_from

    @property
    def snoozed(self) -> bool:
        return self.state == "triggered" and self.held_until is not None

    @property
    def stands(self) -> str:
        """Its state in a word, with why it keeps still if it does."""
        if not self.snoozed:
            return self.state
        if self.inhibited_by is not None:
            return "inhibited"
        if self.silenced_by == PRACTICE:
            return "paused"
        return "silenced" if self.silenced_by else "snoozed"

    @property
    def still_until(self) -> datetime | None:
        """Until when it keeps still, where the clock ends that; what another incident or a drill's pause holds has no such time."""
        return None if self.stands in ("inhibited", "paused") else self.held_until

    def rungs(self) -> tuple[Rung, ...]:
        """Every rung of the incident's ladder with its instant, as if nobody answered."""
        response = self.respond_by - self.respond_from if self.respond_by else None
        return rungs(self.ladder, self.ladder_from, response)


@dataclass(frozen=True, slots=True)
class Change:
    """A decision's answer: the new state and the events that say why. The two are stored together or not at all."""

    incident: Incident
    events: tuple[Event, ...]
