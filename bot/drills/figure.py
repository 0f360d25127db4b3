"""Whether the figure measured in the practice OpenVine still fires the rule's alert. Pure."""

from __future__ import annotations

from bot.alerts import Rule
from bot.wording import number_in


def holds(rule: Rule, value: float | None) -> bool | None:
    """`None` means that nobody can say: nothing was measured, or the rule names no limit."""
    limit = number_in(rule.threshold)
    if value is None or limit is None:
        return None
    return value < limit if "<" in rule.query else value > limit


def written(rule: Rule, value: float) -> str:
    """The figure as an alert writes it."""
    return f"{value:.4g} {rule.unit}".strip()
