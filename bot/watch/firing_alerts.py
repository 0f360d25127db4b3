"""Makes alerts of the conditions that fire: one for each rule, with the severity of its gravest condition. Pure.

All conditions of a rule (its grades, thresholds and levels) are one alert: it has the severity of the gravest that fires, and ends
when none fires any more. If several series fire, it names the first and counts the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bot.alerts import Alert, Rule, Status
from bot.errors import UserError
from bot.watch.condition import Condition
from bot.watch.lifecycle import Active, Turn
from bot.watch.series import beginning
from bot.watch.template import filled, go_float

SOURCE = "bot"
REPEATED = timedelta(minutes=5)
"""How often a firing alert is sent again, because its value changes."""


def alerts_of(
    turn: Turn, conditions: Mapping[str, Condition], rules: Mapping[str, Rule], at: datetime
) -> Iterator[Alert]:
    """The alerts to send now: what began, what ended, and every few minutes what goes on."""
    firing = _by_rule(each for each in turn.active.values() if each.fired_at is not None)
    changed = {each.rule for each in (*turn.fired, *turn.ended, *turn.lost)}
    again = beginning(at, REPEATED) == at
    for name, active in firing.items():
        if again or name in changed:
            yield _firing(name, active, conditions, rules.get(name))
    over = {each.rule: each for each in turn.ended if each.rule not in firing}
    for each in over.values():
        yield _end(each, "resolved", said(conditions[each.condition], each))
    for each in {each.rule: each for each in turn.lost}.values():
        if each.rule not in firing and each.rule not in over:
            yield _end(each, "expired", each.rule)


def _by_rule(active: Iterable[Active]) -> dict[str, list[Active]]:
    found: dict[str, list[Active]] = {}
    for each in active:
        found.setdefault(each.rule, []).append(each)
    return found


def _firing(name: str, active: Sequence[Active], conditions: Mapping[str, Condition], rule: Rule | None) -> Alert:
    worst = min(active, key=lambda each: (conditions[each.condition].severity, _extent(each, conditions), each.series))
    condition = conditions[worst.condition]
    others = len({each.series for each in active if each.condition == worst.condition}) - 1
    more = f" (and {others} more series)" if others else ""
    value = "" if worst.found.text and not condition.metric else shown(condition, worst.found.value, rule)
    return Alert(
        source=SOURCE,
        key=name,
        status="firing",
        summary=said(condition, worst) + more,
        severity=condition.severity,
        graded=True,
        rule=condition.alert,
        value=value or None,
        labels=dict(worst.found.labels),
        runbook_url=rule.runbook_url if rule and rule.runbook_url else None,
        starts_at=min(each.fired_at for each in active if each.fired_at is not None),
    )


def _extent(active: Active, conditions: Mapping[str, Condition]) -> float:
    """For ordering conditions of one severity: the one farthest beyond its limit comes first."""
    below = "<" in conditions[active.condition].asks
    return active.found.value if below else -active.found.value


def _end(active: Active, status: Status, summary: str) -> Alert:
    return Alert(
        source=SOURCE, key=active.rule, status=status, summary=summary, rule=active.rule, starts_at=active.fired_at
    )


def said(condition: Condition, active: Active) -> str:
    """The alert's text, in the words of its rule."""
    if active.found.text:
        return active.found.text
    try:
        return filled(condition.message, active.found.value, active.found.labels) or _plainly(condition, active)
    except UserError:
        return _plainly(condition, active)


def _plainly(condition: Condition, active: Active) -> str:
    return f"{condition.alert}: {condition.asks} (it is {go_float(active.found.value)})"


def shown(condition: Condition, value: float, rule: Rule | None) -> str:
    """The value with its unit, as the message shows it."""
    if rule is not None and rule.wording is not None and condition.message == rule.message:
        try:
            found = rule.wording.find(filled(rule.message, value))
        except UserError:
            found = None
        if found is not None:
            return found.value
    return f"{value:,.6g} {condition.unit}".strip()
