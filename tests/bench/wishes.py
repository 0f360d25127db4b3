"""What each figure should be, in one place: the limit that must be met, and the aim beyond it if there is one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """An upper bound, or a lower one with `more`. `unit` is written after the numbers."""

    floor: float
    aim: float | None = None
    unit: str = "s"
    more: bool = False

    def text(self) -> str:
        sign, unit = ">" if self.more else "<", self.unit if self.unit == "x" else f" {self.unit}"
        aim = "" if self.aim is None else f", aim {self.aim:g}{unit}"
        return f"{sign} {self.floor:g}{unit}{aim}"

    def verdict(self, value: float) -> str:
        """Which of the two this value meets, in a word or two."""
        if not self._met(value, self.floor):
            return "NOT MET"
        if self.aim is None:
            return "met"
        return "aim met" if self._met(value, self.aim) else "floor met"

    def _met(self, value: float, bound: float) -> bool:
        return value > bound if self.more else value < bound


START = Wish(1.5)
MEMORY = Wish(92, unit="MB")
"""0.87 of the 105 MB that it took in the first commit of issue 11."""
PAGE_IDLE = Wish(0.25, 0.1)
PAGE_IN_STORM = Wish(1, 0.5)
PAGE_BEHIND = Wish(1, 0.5)
CONFIRMED = Wish(0.3)
PAGE_BESIDE_STEPS = Wish(1.2, unit="x")
ACKNOWLEDGED = Wish(100, unit="ms")
POST_AT_64 = Wish(50, unit="ms")
AGAINST_BARE = Wish(0.55, 0.7, unit="x", more=True)
AGAINST_ALERTMANAGER = Wish(1.2, 1.6, unit="x", more=True)
AGAINST_OURS = Wish(0.9, unit="x", more=True)
CHANNEL_READ = Wish(1, unit="ms")
POSTGRESQL_AGAINST_SQLITE = Wish(0.9, 1.1, unit="x", more=True)
THREE_REPLICAS = Wish(15, 5, unit="%")

STORM_INCIDENTS = Wish(11, unit="(10 rules)")
STORM_NEWS = Wish(1, 0.5)
STORM_REDRAWS = Wish(51, unit="a minute")
"""Slack allows 50 a minute."""
STORM_GROWTH = Wish(10, unit="%")

SILENCES = Wish(50, unit="µs")

CROWD_LATENESS = Wish(0.2, 0.1)
CROWD_SENT = Wish(90, 99, unit="%", more=True)
CROWD_START = Wish(3, 1.5)
CROWD_ROUND = Wish(1.3, 1.1, unit="x")

PAGE_SQLITE = Wish(17, 10, unit="x")
PAGE_POSTGRESQL = Wish(28, 17, unit="x")
"""A third and a fifth of what it took in the first commit of issue 11: 51 and 85 bare posts."""

ROTA_YEAR = Wish(2)
ROTA_FAR = Wish(1.25, unit="x")
INSIGHTS = Wish(2, 1)
TIMELINE = Wish(1)
PICTURE = Wish(0.5)
SEALING = Wish(50, 15, unit="ms")
SAMPLES_ON_DISK = Wish(60, unit="MB")
WEEKLY_REPORT = Wish(1_000, unit="ms")
RULES_EVALUATED = Wish(100, unit="ms")
PAGES_BESIDE_RULES = Wish(1.2, unit="x")
