"""What is said of a runbook before it runs: its line in a list, what each step means, how a change is taken back."""

from __future__ import annotations

from bot.context import Context
from bot.runbooks.model import Runbook, Step
from bot.runbooks.steps.http import Http
from bot.slack.views.facts import RunbookLine


def manner(step: Step) -> str:
    """What running a step means, in a word or two."""
    if step.needs_confirmation:
        return "asks first"
    return _MEANS[step.manner]


_MEANS = {
    "hand": "by hand",
    "read": "to read",
    "wait": "waits",
    "watch": "watches",
    "request": "looks",
    "choose": "you choose",
    "check": "checklist",
    "rollout": "asks first",
}


def way_back(step: Step) -> str:
    """How a change is taken back, in words."""
    if step.undo is None:
        return "back to what it is now, kept for you" if isinstance(step.spec, Http) and step.spec.setting else ""
    return step.undo.title or f"the step “{step.undo.step}”"


def book(procedure: Runbook) -> RunbookLine:
    return RunbookLine(id=procedure.id, title=procedure.title, respond_within=procedure.respond_within)


def runbook_lines(ctx: Context) -> list[RunbookLine]:
    return [book(procedure) for procedure in ctx.config.runbooks.values()]
