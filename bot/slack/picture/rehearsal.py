"""What the view of a rehearsal has to show, from the parts once their reads are done."""

from __future__ import annotations

from collections.abc import Sequence

from bot.runbooks.effects import CommandCall, Effect
from bot.runbooks.model import Runbook
from bot.runbooks.paths import MISSING
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.logs import Logs
from bot.runbooks.undo import from_to, value_words
from bot.slack.picture.runbooks import manner, way_back
from bot.slack.views import rehearsal as view
from bot.slack.views.facts import Message
from bot.slack.views.rehearsal import RehearsedStep
from bot.usecases.rehearsal import Part, holder


def shown(procedure: Runbook, parts: Sequence[Part], *, lines: bool) -> Message:
    """`lines`: whether the lines found in logs may be seen."""
    steps = [_step(number, part, lines) for number, part in enumerate(parts, start=1)]
    return view.rehearsal(procedure.title, steps)


def _step(number: int, part: Part, lines: bool) -> RehearsedStep:
    step, outcome = part.step, part.outcome
    return RehearsedStep(
        number=number,
        title=step.title,
        means=manner(step),
        request=_words(part.effect) if part.effect and outcome is None else "",
        change=_change(part),
        done=outcome.text if outcome else "",
        good=outcome is None or outcome.ok,
        lines=outcome.output if lines and outcome and isinstance(step.spec, Logs) else "",
        holds=part.target,
        held=holder(part.held) if part.held else "",
        undo=way_back(step) if part.target else "",
        verified=part.verified,
        refused=part.refused,
    )


def _words(effect: Effect) -> str:
    shown = effect.shown
    ends = f"\n{shown['body']}" if shown.get("body") else ""
    not_now = "\n(a test runs no command)" if isinstance(effect, CommandCall) else ""
    return f"{shown['method']} {shown['url']}{ends}{not_now}"


def _change(part: Part) -> str:
    spec = part.step.spec
    if part.after is MISSING or not isinstance(spec, Http) or spec.setting is None:
        return ""
    setting = spec.setting
    if part.present is not MISSING:
        return f"{setting.label} {from_to(part.present, part.after, setting.unit)}"
    return f"{setting.label} {value_words(part.after, setting.unit)} (its present value is not known)"
