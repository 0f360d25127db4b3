"""A step that raises a percentage stage by stage: one request per stage, each held and watched before the next.

The value that it is set back to if checks go bad, and whether the bot raises it by itself, are confirmed together with the start.
It refuses stages that do not rise, a stage that leads on without a hold, and automatic raises that somebody has to approve.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta

from bot.alerts import SEVERITIES, Severity
from bot.runbooks.fields import Fields
from bot.runbooks.parts.checks import Check, parse_checks
from bot.runbooks.steps.http import HTTP_KEYS, Http, parse_http
from bot.runbooks.steps.kind import StepKind

STAGE = "stage"
"""`${stage}` in the body stands for the percentage that is being set."""
DEFAULT_TOLERANCE = timedelta(minutes=2)
DEFAULT_INCIDENT: Severity = "P1"
MOST_STAGES = 12


@dataclass(frozen=True, slots=True)
class Stage:
    """One percentage, and for how long it is watched. Only the last one may have no hold."""

    percent: float
    hold: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout(Http):
    """The request with `${stage}` in its body, and what decides when it is sent with which percentage."""

    stages: tuple[Stage, ...]
    checks: tuple[Check, ...]
    rollback: float = 0
    """The value that it is set back to, without asking, if a check is violated for longer than `tolerance`."""
    tolerance: timedelta = DEFAULT_TOLERANCE
    auto_raise: bool = False
    """Whether a good hold is enough for a raise; else somebody has to press as well."""
    incident: Severity = DEFAULT_INCIDENT
    """The severity of the incident that is opened if it fails and none is open for it."""


def _parse(found: Fields) -> Rollout:
    request = parse_http(found)
    stages = _stages(found)
    step = Rollout(
        **{field.name: getattr(request, field.name) for field in fields(Http)},
        stages=stages,
        checks=parse_checks(found),
        rollback=found.number("rollback") or 0,
        tolerance=found.span("tolerance") or DEFAULT_TOLERANCE,
        auto_raise=bool(found.flag("auto_raise")),
        incident=_incident(found),
    )
    for key, trouble in _troubles(step, found):
        found.wrong(key, trouble)
    return step


def _stages(found: Fields) -> tuple[Stage, ...]:
    stages = []
    for index, _ in enumerate(found.items("stages")):
        inner = found.inner("stages", index)
        if inner is None:
            continue
        inner.only(("percent", "hold"), "a stage")
        percent = inner.number("percent")
        if percent is None or not 0 < percent <= 100:
            inner.wrong("percent" if "percent" in inner.data else None, "“percent” is a number above 0, up to 100.")
        stages.append(Stage(percent or 0, inner.span("hold")))
    return tuple(stages)


def _incident(found: Fields) -> Severity:
    word = found.text("incident") or DEFAULT_INCIDENT
    severity = next((each for each in SEVERITIES if each == word), None)
    if severity is None:
        found.wrong("incident", f"“{word}” is not a severity. It is one of {', '.join(SEVERITIES)}.")
    return severity or DEFAULT_INCIDENT


def _troubles(step: Rollout, found: Fields) -> Iterator[tuple[str | None, str]]:
    """Values that do not fit together."""
    percents = [stage.percent for stage in step.stages]
    if not 1 <= len(percents) <= MOST_STAGES:
        yield _at(found, "stages"), f"a rollout has 1 to {MOST_STAGES} “stages”."
    elif percents != sorted(set(percents)):
        yield "stages", "each stage has to be above the one before."
    elif step.rollback >= percents[0] or step.rollback < 0:
        yield "rollback", "“rollback” has to be below the first stage, and not below 0."
    if any(stage.hold is None for stage in step.stages[:-1]):
        yield "stages", "a stage that leads to another needs a “hold”: how long it is watched before the next."
    if not step.checks:
        yield _at(found, "checks"), "a rollout needs “checks”: what has to be so while a stage is held."
    if step.read_only:
        yield "method", "a rollout changes something: POST, PUT or PATCH."
    if step.setting is None:
        yield _at(found, "setting"), "a rollout needs “setting”: what it sets, and where its present value is read."
    elif step.setting.set_by(step.body) != f"${{{STAGE}}}":
        yield (
            "json",
            f"the value at {step.setting.key} has to be “${{{STAGE}}}”: it is filled with each stage's percentage.",
        )
    if step.auto_raise and "approval" in found.data:
        yield "auto_raise", "what is raised by itself cannot be approved by anybody: leave out one of the two."


def _at(found: Fields, key: str) -> str | None:
    return key if key in found.data else None


KEYS = ("stages", "checks", "rollback", "tolerance", "auto_raise", "incident")
KIND = StepKind("rollout", "rollout", (*HTTP_KEYS, *KEYS), _parse)
