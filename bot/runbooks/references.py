"""Checks what a runbook's steps say about each other: names must exist, and every way must lead forward.

A step leads only to later ones, so that no run can go round in a circle. What a step does is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.runbooks.fields import Path, did_you_mean
from bot.runbooks.model import Runbook, Step
from bot.runbooks.parts.condition import STATES
from bot.runbooks.parts.parameters import names_in
from bot.runbooks.steps.command import Command
from bot.runbooks.steps.decision import END, Decision
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.logs import Logs
from bot.runbooks.steps.rollout import STAGE, Rollout

Trouble = tuple[Path, str]


def troubles(runbook: Runbook) -> Iterator[Trouble]:
    """Every bad reference, with the path of the place where it stands."""
    places = {step.id: place for place, step in enumerate(runbook.steps)}
    for index, step in enumerate(runbook.steps):
        at: Path = ("steps", index)
        yield from _conditions(runbook, step, places, at)
        for path, target in _ways(step):
            yield from _forward(target, index, places, (*at, *path))
        if step.undo and step.undo.step and step.undo.step not in places:
            yield (*at, "undo"), f"there is no step “{step.undo.step}”.{did_you_mean(step.undo.step, places)}"
    yield from _parameters(runbook)


def _ways(step: Step) -> Iterator[tuple[Path, str]]:
    if step.on_failure:
        yield ("on_failure",), step.on_failure
    if isinstance(step.spec, Decision):
        for index, option in enumerate(step.spec.options):
            if option.goto and option.goto != END:
                yield ("options", index, "goto"), option.goto


def _forward(target: str, index: int, places: dict[str, int], path: Path) -> Iterator[Trouble]:
    if target not in places:
        yield path, f"there is no step “{target}”.{did_you_mean(target, places)}"
    elif places[target] <= index:
        yield (
            path,
            f"“{target}” comes before this step or is this step: a run would go round in a circle. Lead to a later one.",
        )


def _conditions(runbook: Runbook, step: Step, places: dict[str, int], at: Path) -> Iterator[Trouble]:
    condition = step.condition
    if condition is None:
        return
    if condition.parameter:
        yield from _of_parameter(runbook, condition.parameter, condition.wanted, at)
        return
    if condition.step not in places:
        yield (*at, "if", "step"), f"there is no step “{condition.step}”.{did_you_mean(condition.step, places)}"
        return
    if places[condition.step] >= places[step.id]:
        yield (*at, "if", "step"), f"“{condition.step}” does not come before this step."
        return
    other = runbook.steps[places[condition.step]]
    named = isinstance(other.spec, Decision) and other.spec.named(condition.wanted)
    if condition.wanted not in STATES and not named:
        options = other.spec.options if isinstance(other.spec, Decision) else ()
        known = [*STATES, *(option.label for option in options)]
        yield (
            (*at, "if", "is"),
            f"“{condition.wanted}” is none of {', '.join(known)}.{did_you_mean(condition.wanted, known)}",
        )


def _of_parameter(runbook: Runbook, name: str, wanted: str, at: Path) -> Iterator[Trouble]:
    found = next((one for one in runbook.parameters if one.name == name), None)
    if found is None:
        known = [one.name for one in runbook.parameters]
        yield (*at, "if", "parameter"), f"there is no parameter “{name}”.{did_you_mean(name, known)}"
    elif found.values and wanted not in found.values:
        yield (*at, "if", "is"), f"“{wanted}” is none of {', '.join(found.values)}."


def _parameters(runbook: Runbook) -> Iterator[Trouble]:
    """Names that are filled in but are no parameters."""
    known = [one.name for one in runbook.parameters]
    for index, step in enumerate(runbook.steps):
        for key, used in _filled_in(step, runbook.data["steps"][index]):
            ours = {STAGE} if isinstance(step.spec, Rollout) else set()
            for name in sorted(names_in(used) - set(known) - ours):
                yield ("steps", index, key), f"there is no parameter “{name}”.{did_you_mean(name, known)}"


def _filled_in(step: Step, written: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    if isinstance(step.spec, Http) and step.spec.body:
        yield "json" if "json" in written else "body", step.spec.body
    if step.undo and step.undo.body:
        yield "undo", step.undo.body
    if isinstance(step.spec, Command):
        yield "argv", step.spec.argv
    if isinstance(step.spec, Logs):
        yield "contains", step.spec.query.contains
