"""Present values, read before and after a change: where a step's setting can be read, and what was shown of it."""

from __future__ import annotations

from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.runbooks.model import Step
from bot.runbooks.parts.checks import Check
from bot.runbooks.paths import MISSING
from bot.runbooks.request import USER_AGENT, Request, token_for
from bot.runbooks.run import going_back, ready, state_of
from bot.runbooks.stages import shown_before
from bot.runbooks.steps.http import Http
from bot.runbooks.undo import value_words
from bot.runbooks.urls import fill_in
from bot.runbooks.verify import Figure
from bot.store import Tx, runs
from oncall.values import dataclass

WITHIN = 2.0
"""Seconds for such a read."""


@dataclass(frozen=True, slots=True)
class Look:
    """A read, and where the value stands in its answer."""

    request: Request
    path: str
    shown: Any = None


def look_before(tx: Tx, ctx: Context, run_id: int, step_id: str) -> Look | None:
    """For a question that is about to be posted; nothing where the setting is missing."""
    return reading(ctx, runs.load(tx.conn, run_id).snapshot.step(step_id))


def reading(ctx: Context, step: Step) -> Look | None:
    """Where the present value of what a step sets is read."""
    spec = step.spec
    if not isinstance(spec, Http) or spec.setting is None or not spec.setting.url:
        return None
    try:
        url = fill_in(spec.setting.url, ctx.variables)
    except UserError:
        return None
    token = token_for(url, ctx.variables)
    request = Request(method="GET", url=url, headers=(USER_AGENT,), timeout=WITHIN, token=token)
    return Look(request, spec.setting.path)


def look_after(tx: Tx, ctx: Context, run_id: int, step_id: str) -> Look | None:
    """For a step that is about to leave, if a value was shown when it was confirmed; a rollout is set back whatever stands."""
    run = runs.load(tx.conn, run_id)
    step = ready(run)
    if step is None or step.id != step_id or going_back(run):
        return None
    shown = shown_before(step, state_of(run, step.id))
    look = look_before(tx, ctx, run_id, step_id) if shown is not MISSING else None
    return Look(look.request, look.path, shown) if look else None


def set_as_wanted(tx: Tx, ctx: Context, run_id: int, step_id: str, now: Any) -> list[str]:
    """A value that was read (`MISSING` if nothing gave it) beside what the step was to set it to, in words."""
    run = runs.load(tx.conn, run_id)
    spec, asked = run.snapshot.step(step_id).spec, state_of(run, step_id).confirmation
    if not isinstance(spec, Http) or spec.setting is None or not spec.setting.url:
        return []
    setting = spec.setting
    if now is MISSING:
        return [f"{setting.label} could not be read"]
    wanted = setting.set_by(asked.shown.get("body", "") if asked else spec.body)
    words = f"{setting.label} is {value_words(now, setting.unit)} now"
    if now == wanted:
        return [f"{words}, what this step sets it to"]
    return [f"{words}; this step sets it to {value_words(wanted, setting.unit)}"]


def verified_by(tx: Tx, ctx: Context, run_id: int, step_id: str) -> tuple[Check, ...]:
    """What shows whether the step has helped."""
    verify = runs.load(tx.conn, run_id).snapshot.step(step_id).verify
    return verify.checks if verify else ()


def figure_words(check: Check, figure: Figure) -> str:
    """`video_memory_mb is 431 MB now; good is below 800`."""
    if figure.value is None:
        return f"{check.metric} could not be read: {figure.why}"
    return f"{check.metric} is {figure.value:g} {figure.unit}".rstrip() + f" now; good is {check.spoken()}"
