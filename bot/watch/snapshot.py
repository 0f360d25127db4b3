"""A snapshot of everything that is watched, as values for the views. Pure."""

from __future__ import annotations

from bot.watch.advice import Advice
from bot.watch.analysis import Baseline, Pattern
from bot.watch.condition import Condition
from bot.watch.lifecycle import Active
from bot.watch.model import Sample, Threshold
from bot.watch.outcome import Answer, Unknown
from bot.watch.series import Bucket, Gap
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Now:
    """One metric at this moment."""

    sample: Sample
    buckets: tuple[Bucket, ...]
    """The buckets of the last hour, oldest first."""
    limit: Threshold | None
    gap: Gap | None
    """The gap, if nothing could be read just now."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory over one day."""

    sample: Sample
    seen: Pattern
    values: tuple[float, ...]
    limit: Threshold | None
    usual: Baseline | None
    advice: tuple[Advice, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition as it stands."""

    condition: Condition
    active: tuple[Active, ...]
    outcome: Answer | Unknown
    value: float | None
    """Its figure, whether the condition holds or not."""

    @property
    def rank(self) -> int:
        """How far it has come: 0 not at all, 1 pending, 2 firing."""
        return max((2 if each.fired_at is not None else 1 for each in self.active), default=0)


@dataclass(frozen=True, slots=True)
class Watched:
    """One rule: its conditions, or why the bot leaves it to others."""

    name: str
    asked: tuple[Asked, ...] = ()
    left: str = ""
    ignored: bool = False
    """Whether its alerts are ignored, as bot.yml says."""
    incident: int | None = None
    """The number of its open incident."""

    @property
    def foremost(self) -> Asked | None:
        """The condition that has come farthest; the gravest, if several have."""
        return min(self.asked, key=lambda each: (-each.rank, each.condition.severity), default=None)
