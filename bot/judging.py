"""Judges the alerts of one transaction: what many of them have in common is judged once.

In a storm thousands of alerts name the same rule and the same severity. Only what follows from what an alert is called is shared;
what hangs on its value or its words is judged for each. Pure; lives as long as the transaction, so that nothing of a sender stays.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.alerts import KEY_BYTES, Alert, Catalogue, Judged, Rule, Severity, judge, without_secrets

_Named = tuple[str, str | None, str | None, str | None]
_Verdict = tuple[Rule | None, Severity, str, None, str | None, str]


class Judge:
    """Judges alert after alert against one catalogue."""

    def __init__(self, known: Catalogue, mask: Callable[[str], str]) -> None:
        self._known, self._mask = known, mask
        self._alike: dict[_Named, _Verdict] = {}

    def __call__(self, alert: Alert) -> Judged:
        named = alert.source, alert.rule, alert.name, alert.severity
        verdict = self._alike.get(named)
        if verdict is not None and not alert.graded and len(alert.key) <= KEY_BYTES // 4:
            return Judged(alert, *verdict)
        judged = judge(alert, self._known)
        if judged.complaint is not None:  # it quotes the alert: without the secrets in it
            return judge(without_secrets(alert, self._mask), self._known)
        if _follows_from_its_names(alert, judged):
            self._alike[named] = judged.rule, judged.severity, judged.join_key, None, judged.ignored, judged.beats
        return judged


def _follows_from_its_names(alert: Alert, judged: Judged) -> bool:
    """Whether every alert that is called the same is judged the same."""
    if judged.alert is not alert or alert.graded:
        return False  # its value was found in its words, or its identity was shortened
    rule = judged.rule
    if rule is None:
        return alert.name is not None
    if judged.join_key != f"rule:{rule.family}":
        return False  # its labels may tell it apart
    return bool(alert.rule or alert.name) and rule.wording is None and not rule.grades
