"""What has to be read before a change: where the present value of the step's setting stands, and what was shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.runbooks.paths import MISSING
from bot.runbooks.request import USER_AGENT, Request, token_for
from bot.runbooks.run import going_back, ready, state_of
from bot.runbooks.stages import shown_before
from bot.runbooks.steps.http import Http
from bot.runbooks.urls import fill_in
from bot.store import Tx, runs

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
    spec = runs.load(tx.conn, run_id).snapshot.step(step_id).spec
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
