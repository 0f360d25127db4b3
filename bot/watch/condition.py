"""One condition: what is asked each minute, of whom, and whose incident it opens. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.alerts import Severity
from bot.watch.outcome import Answer, Figures, Unknown
from oncall.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is asked each minute."""

    key: str
    alert: str
    """What it is called."""
    rule: str
    """The rule whose incident it opens: its own name, unless it belongs to another."""
    severity: Severity
    hold: timedelta
    asks: str
    """What is asked, for people: `avg(video_memory_mb) > 500`."""
    ask: Callable[[Figures], Answer]
    """Raises `Unknown`."""
    message: str = ""
    unit: str = ""
    limit: str = ""
    expr: str = ""
    """The same in PromQL, where that can say it."""
    metric: str | None = None
    figure: Callable[[Figures], float | None] | None = None
    """The figure that it is about, whether it holds or not, as its message shows it; where it is about one."""
    bound: float | None = None
    """The figure that it must not pass."""

    def now(self, figures: Figures) -> float | None:
        """What its figure is; nothing where nobody knows."""
        try:
            return self.figure(figures) if self.figure is not None else None
        except Unknown:
            return None

    def outcome(self, figures: Figures) -> Answer | Unknown:
        try:
            return self.ask(figures)
        except Unknown as unknown:
            return unknown
