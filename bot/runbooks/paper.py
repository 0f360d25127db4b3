"""Writes a procedure for people without buttons: in a mail and in PagerDuty, while Slack or the bot is down. Pure.

Each step stands next to exactly what the bot would send or run, so that it can be done by hand. It never prints a token: the name
of its variable stands instead.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from bot.errors import UserError
from bot.runbooks.effects import EFFECTS, Effect, Setting, effect_of
from bot.runbooks.model import Runbook, Step
from bot.runbooks.parts.parameters import examples
from bot.runbooks.request import TOKEN, USER_AGENT, Request
from bot.runbooks.steps.manual import Manual

LONGEST = 6_000
"""Characters of a whole procedure."""
REST = "\n(There is no room for the rest: it stands in Slack, and in config/runbooks.)"


def on_paper(procedure: Runbook, variables: Mapping[str, str] | None) -> str:
    """All steps in their order. Without `variables` only their texts: in a drill nobody is to send anything by hand."""
    lines = [procedure.title]
    for number, step in enumerate(procedure.steps, start=1):
        lines.append(f"{number}. {step.title}" + (f": {' '.join(step.text.split())}" if step.text else ""))
        lines += [f"   {line}" for line in _by_hand(procedure, step, variables)] if variables is not None else []
    return _whole_lines("\n".join(lines))


def _whole_lines(text: str) -> str:
    """As much as there is room for: half a command would be worse than none."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - len(REST)].rpartition("\n")[0] + REST


def _by_hand(procedure: Runbook, step: Step, variables: Mapping[str, str]) -> Iterator[str]:
    if isinstance(step.spec, Manual):
        yield from step.spec.code.splitlines()
        return
    if step.kind not in EFFECTS:
        return
    setting = Setting(variables=variables, parameters=procedure.parameters, values=examples(procedure.parameters))
    try:
        effect = effect_of(step, setting)
    except UserError as missing:
        yield str(missing)
        return
    yield _line(effect)


def _line(effect: Effect) -> str:
    if isinstance(effect, Request):
        return " ".join(_curl(effect))
    return f"{effect.shown['method']} {effect.shown['url']}"


def _curl(request: Request) -> Iterator[str]:
    """The request as a `curl` line, as the document writes it."""
    yield "curl"
    yield {"HEAD": "-I"}.get(request.method, f"-X {request.method}")
    yield shlex.quote(request.shown_url)
    if request.token:
        yield f'-H "Authorization: Bearer ${TOKEN}"'
    for name, value in request.headers:
        if (name, value) != USER_AGENT:
            yield f"-H {shlex.quote(f'{name}: {value}')}"
    if request.body:
        yield f"-d {shlex.quote(request.body.decode())}"
