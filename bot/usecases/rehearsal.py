"""A runbook walked through without doing it: what each step would do, what it would change and hold, and how that is taken back.

Refuses to write anything: there is no run, no incident and no lock. What only reads is read for real by whoever takes this.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.incidents import name_of
from bot.runbooks.effects import EFFECTS, Effect
from bot.runbooks.locks import Lock
from bot.runbooks.model import Runbook, Step
from bot.runbooks.parts.checks import spoken
from bot.runbooks.parts.parameters import examples, given
from bot.runbooks.paths import MISSING
from bot.runbooks.request import Outcome, Request
from bot.runbooks.run import Run, StepState
from bot.runbooks.steps.http import Http
from bot.runbooks.undo import target_of
from bot.store import Tx, locks
from bot.usecases.present_values import Look, reading
from bot.usecases.run_moves import effect_now
from oncall.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One step, as it would go."""

    step: Step
    effect: Effect | None = None
    """What it would do outside; `None` where a person does it."""
    refused: str = ""
    """Why it could not be done as things are."""
    look: Look | None = None
    """Where the present value of what it changes is read."""
    held: Lock | None = None
    """Who is changing the same at present."""
    outcome: Outcome | None = None
    """Of what only reads: what it answered."""
    present: Any = MISSING
    """The value that was read."""

    @property
    def target(self) -> str:
        """What it would hold while it runs; empty for what changes nothing."""
        changes = isinstance(self.effect, Request) and not self.effect.read_only
        return target_of(self.effect, self.step) if changes and isinstance(self.effect, Request) else ""

    @property
    def after(self) -> Any:
        """What it would set; `MISSING` where it names no value."""
        spec = self.step.spec
        if not isinstance(spec, Http) or spec.setting is None or not isinstance(self.effect, Request):
            return MISSING
        return spec.setting.set_by(self.effect.body.decode())

    @property
    def verified(self) -> str:
        return spoken(self.step.verify.checks) if self.step.verify else ""


def rehearsal(tx: Tx, ctx: Context, procedure: Runbook, typed: Mapping[str, str]) -> tuple[Part, ...]:
    """Every step, in order. Parameters not given are their defaults, or examples. Raises `UserError` for one that cannot be."""
    needless = tuple(replace(one, required=False) for one in procedure.parameters)
    values = examples(procedure.parameters) | given(needless, typed)
    run = _as_if(procedure, values, tx.at)
    return tuple(_part(tx, ctx, run, step) for step in procedure.steps)


def _as_if(procedure: Runbook, values: Mapping[str, str], at: datetime) -> Run:
    """A run that is none: it stands nowhere."""
    states = tuple(StepState(id=step.id) for step in procedure.steps)
    return Run(
        id=0,
        runbook=procedure.id,
        incident=0,
        values=dict(values),
        steps=states,
        started_by="",
        started_at=at,
        snapshot=procedure,
    )


def _part(tx: Tx, ctx: Context, run: Run, step: Step) -> Part:
    if step.kind not in EFFECTS:
        return Part(step=step)
    try:
        effect = effect_now(tx, ctx, run, step.id)
    except UserError as error:
        return Part(step=step, refused=str(error))
    part = Part(step=step, effect=effect, look=reading(ctx, step))
    return replace(part, held=locks.held(tx.conn, part.target)) if part.target else part


def holder(lock: Lock) -> str:
    return f"{lock.title} for {name_of(lock.log)} ({lock.by})"
