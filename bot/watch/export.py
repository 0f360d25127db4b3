"""Exports the rules in Prometheus's format, so that a team with a Prometheus finds there what the bot watches. Pure.

The words are the same: alert, expression, `for`, severity and message are those of `alerts.yml`; grades and thresholds become rules
of their own. It refuses to export what PromQL cannot express, such as what is usual at this hour, and names it at the head of the
file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from bot.alerts import Rule
from bot.errors import UserError
from bot.watch.condition import Condition
from bot.watch.conditions import plan
from bot.watch.grammar import parsed
from bot.watch.model import Monitoring
from oncall.words import written

HEAD = """\
# The rules of this bot for a Prometheus (rule_files), made by `incident-bot rules export`. What both report is one incident.
"""


def exported(rules: Sequence[Rule], monitoring: Monitoring | None, group: str) -> str:
    """The text of the file."""
    found, left = _sorted(plan(rules, monitoring, asks_prometheus=True).conditions)
    known = {rule.name: rule for rule in rules}
    document = {"groups": [{"name": group, "rules": [_entry(each, known) for each in found]}]}
    notes = "".join(f"# Not in here: {line}\n" for line in left)
    return HEAD + notes + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1_000)


def _sorted(conditions: Sequence[Condition]) -> tuple[list[Condition], list[str]]:
    """The conditions that can be exported, and a line for each that cannot."""
    found: list[Condition] = []
    left: list[str] = []
    for each in conditions:
        if why := _why_not(each):
            left.append(f"{each.alert}: {why}")
        else:
            found.append(each)
    return found, left


def _why_not(condition: Condition) -> str:
    if not condition.expr:
        return f"{condition.asks} is asked by the bot alone"
    try:
        parsed(condition.expr)
    except UserError as error:
        return " ".join(str(error).split())
    return ""


def _entry(condition: Condition, rules: Mapping[str, Rule]) -> dict[str, Any]:
    return dict(_keys(condition, rules.get(condition.alert)))


def _keys(condition: Condition, rule: Rule | None) -> Iterator[tuple[str, Any]]:
    yield "alert", condition.alert
    yield "expr", condition.expr
    if condition.hold:
        yield "for", written(condition.hold)
    yield "labels", {"severity": condition.severity}
    runbook = {"runbook": rule.runbook_url} if rule is not None and rule.runbook_url else {}
    if condition.message or runbook:
        yield "annotations", ({"message": condition.message} if condition.message else {}) | runbook
