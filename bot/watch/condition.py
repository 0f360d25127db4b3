"""One condition: what is evaluated each minute, where the answer comes from, and whose incident it opens. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.alerts import Severity
from bot.watch.outcome import Answer, Figures, Unknown
from oncall.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is evaluated each minute."""

    key: str
    alert: str
    """The name of its alert."""
    rule: str
    """The rule whose incident it opens: its own name, unless it belongs to another rule."""
    severity: Severity
    hold: timedelta
    asks: str
    """The question as people read it: `avg(video_memory_mb) > 500`."""
    ask: Callable[[Figures], Answer]
    """Evaluates it. Raises `Unknown`."""
    message: str = ""
    unit: str = ""
    limit: str = ""
    expr: str = ""
    """The same in PromQL, if that can express it."""
    metric: str | None = None
    figure: Callable[[Figures], float | None] | None = None
    """The figure that it is about, whether it holds or not, as its message shows it; `None` if it is about none."""
    bound: float | None = None
    """The limit that the figure must not pass."""

    def now(self, figures: Figures) -> float | None:
        """What the figure is now; `None` if nobody knows."""
        try:
            return self.figure(figures) if self.figure is not None else None
        except Unknown:
            return None

    def outcome(self, figures: Figures) -> Answer | Unknown:
        try:
            return self.ask(figures)
        except Unknown as unknown:
            return unknown
