"""Judges the alerts of one transaction (rule, severity, join key); what many of them have in common is judged only once.

In a storm thousands of alerts name the same rule and the same severity. Only what follows from what an alert is called is shared;
what hangs on its value or its words is judged for each. Pure; lives as long as the transaction, so that nothing of a sender stays.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.alerts import KEY_BYTES, Alert, Catalogue, Judged, judge, severity_by_rule, with_its_value, without_secrets

_Named = tuple[str, str | None, str | None, str | None]


class Judge:
    """Judges alert after alert against one catalogue."""

    def __init__(self, known: Catalogue, mask: Callable[[str], str]) -> None:
        self._known, self._mask = known, mask
        self._first: dict[_Named, Judged] = {}
        """The first of those that are called the same: the others are judged like it, but for what hangs on their value."""

    def __call__(self, alert: Alert) -> Judged:
        named = alert.source, alert.rule, alert.name, alert.severity
        first = self._first.get(named)
        if first is not None and not alert.graded and len(alert.key) <= KEY_BYTES // 4:
            return _like(first, alert)
        judged = judge(alert, self._known)
        if judged.complaint is not None:  # it quotes the alert: without the secrets in it
            return judge(without_secrets(alert, self._mask), self._known)
        if _follows_from_its_names(alert, judged):
            self._first[named] = judged
        return judged


def _like(first: Judged, alert: Alert) -> Judged:
    rule, severity = first.rule, first.severity
    if rule is not None:
        alert = with_its_value(alert, rule)
        if rule.grades and rule.severity is not None:
            severity = severity_by_rule(rule, rule.severity, alert.value)
    return Judged(alert, rule, severity, first.join_key, None, first.ignored, first.beats)


def _follows_from_its_names(alert: Alert, judged: Judged) -> bool:
    """Whether every alert that is called the same is judged the same, but for its value."""
    if judged.alert.source != alert.source or judged.alert.key != alert.key or alert.graded:
        return False  # its identity was shortened
    if judged.rule is None:
        return bool(alert.name)
    # By its name, and not by its words or its labels.
    return bool(alert.rule or alert.name) and judged.join_key == f"rule:{judged.rule.family}"
