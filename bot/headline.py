"""What is wrong and how bad it is, from an incident's own state: the figure with its unit, the limit that graded it, its age.

It refuses to show a figure that says nothing of now: of what has cleared the title alone is said. Pure.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.alerts import Grade, Rule, Severity
from bot.incidents import Incident
from bot.wording import number_in
from oncall.headline import Headline

TELLING = timedelta(minutes=2)
"""A figure older than this is shown with its age."""
_PLAIN = re.compile(r"\s*(?P<number>[-+]?\d+(?:\.\d+)?)\s*(?P<unit>[^\s\d.,;:()]{0,8}(?:/s)?)\s*")
_ENDS_IN_A_JUDGEMENT = re.compile(r"\s+(?:too\s+)?(?:high|low)$", re.IGNORECASE)
_GIGABYTE = 1024
_UNITS = {"MB": "GB", "MiB": "GiB"}


def headline(incident: Incident, at: datetime) -> Headline:
    """The incident in one line, as it is said at that instant."""
    figure = shown(incident.value, incident.threshold) if is_measured(incident) else ""
    return Headline(
        number=incident.number,
        severity=incident.severity,
        what=named(incident.title, figure),
        limit=incident.threshold if figure and _is_told(incident) else "",
        read_at=incident.value_at if figure and _is_old(incident, at) else None,
        alerts=incident.alerts,
        since=incident.respond_from,
        again=incident.respond_from > incident.opened_at,
        at=at,
        drill=incident.drill,
    )


def is_measured(incident: Incident) -> bool:
    """Whether its figure says how bad it is at present."""
    return bool(incident.value) and incident.is_open and (incident.firing > 0 or not incident.alerts)


def _is_told(incident: Incident) -> bool:
    """Whether its limit is a figure, and not in its title already."""
    return incident.threshold[:1].isdigit() and incident.threshold not in incident.title


def _is_old(incident: Incident, at: datetime) -> bool:
    return incident.value_at is not None and at - incident.value_at > TELLING


def named(title: str, figure: str) -> str:
    """The title with the figure of now. `Crash rate high` is `Crash rate 4.1 %`: the judgement gives way to the figure."""
    if not figure or figure.split()[0] in title:
        return title
    if any(sign.isdigit() for sign in title):
        return f"{title}, now {figure}"
    measured = _ENDS_IN_A_JUDGEMENT.sub("", title)
    return f"{title}: {figure}" if measured == title else f"{measured} {figure}"


def shown(value: str, limit: str = "") -> str:
    """A figure as people read it: `4.1%` is `4.1 %`, `812.4MB` `812 MB`; one without a unit has its limit's. Never rounded onto its
    limit."""
    found = _PLAIN.fullmatch(value)
    if found is None:
        return " ".join(value.split())[:40]
    bound = _PLAIN.fullmatch(limit)
    number = float(found["number"])
    unit = found["unit"] or _unit_of(bound["unit"] if bound else "", number)
    there = number_in(limit) if bound and bound["unit"] == unit else None
    return f"{_short(found['number'], number, there)} {unit}".strip()


def _unit_of(unit: str, number: float) -> str:
    """A ratio is no percentage: of a bare `0.04` nobody knows which it is."""
    return "" if unit == "%" and number < 1 else unit


def _short(written: str, number: float, limit: float | None) -> str:
    """Three figures; more only where it would read as its limit."""
    digits = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2
    for places in range(digits, digits + 3):
        text = f"{number:.{places}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        if number == limit or float(text) != limit:
            return text
    return written


def limit_of(rule: Rule | None, severity: Severity, value: str | None) -> str:
    """The limit that made it as grave as it is: that of the rule's grade which the value meets, else the rule's own."""
    if rule is None:
        return ""
    number = number_in(value)
    beyond = [grade for grade in rule.grades if number is not None and grade.met_by(number)]
    met = next((grade for grade in beyond if grade.severity == severity != rule.severity), None)
    return _bound(met, rule.unit) if met is not None else rule.threshold


def _bound(grade: Grade, unit: str) -> str:
    bound = grade.above if grade.above is not None else grade.below or 0.0
    if unit in _UNITS and bound >= _GIGABYTE and bound % _GIGABYTE == 0:
        return f"{bound / _GIGABYTE:g} {_UNITS[unit]}"
    return f"{bound:g} {unit}".strip()
