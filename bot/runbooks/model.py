"""What a runbook is, as values, and how one is found by what a person types.

It knows neither where they were read from (`reading`) nor what may happen to a run (`runs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.errors import UserError
from bot.runbooks.fields import did_you_mean
from bot.runbooks.parts.approval import Approval
from bot.runbooks.parts.checks import Verify
from bot.runbooks.parts.condition import Condition
from bot.runbooks.parts.consent import Consent
from bot.runbooks.parts.parameters import Parameter
from bot.runbooks.parts.retry import Retry
from bot.runbooks.parts.undo import Undo
from bot.runbooks.steps import STEP_KINDS, Manner, Spec
from bot.runbooks.steps.command import Command
from bot.runbooks.steps.http import Http
from bot.runbooks.steps.logs import Logs
from bot.runbooks.steps.page import Call
from oncall.values import dataclass, field

NO_CONSENT = Consent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. What only its kind has is in `spec`."""

    id: str
    title: str
    kind: str
    """A key of `STEP_KINDS`."""
    text: str = ""
    section: str = ""
    """The heading of the document under which it stands: `Immediate Actions` …"""
    runbook_url: str = ""
    condition: Condition | None = None
    retry: Retry | None = None
    continue_on_error: bool = False
    """If it fails, the run goes on by itself."""
    on_failure: str = ""
    """The later step to which a failure leads."""
    approval: Approval | None = None
    verify: Verify | None = None
    undo: Undo | None = None
    safe: bool = False
    """It sets a safe value (a rollout of 0, a flag switched back), so nothing may keep it waiting."""
    spec: Spec

    @property
    def manner(self) -> Manner:
        return STEP_KINDS[self.kind].manner

    @property
    def consent(self) -> Consent:
        return self.spec.consent if isinstance(self.spec, Http | Command | Call) else NO_CONSENT

    @property
    def needs_confirmation(self) -> bool:
        return self.consent.needed

    @property
    def idempotent(self) -> bool:
        """Whether it may be repeated without asking if its outcome was lost."""
        return isinstance(self.spec, Http | Command | Logs) and self.spec.idempotent

    @property
    def read_only(self) -> bool:
        """Whether running it changes nothing anywhere."""
        return isinstance(self.spec, Http | Command | Logs) and self.spec.read_only

    @property
    def readable(self) -> bool:
        """Whether its effect can be read afterwards: the value that it sets, or the figures that verify it."""
        return self.verify is not None or (
            isinstance(self.spec, Http) and bool(self.spec.setting and self.spec.setting.url)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """One procedure."""

    id: str
    title: str
    description: str = ""
    severity: str = ""
    """As the document says it (`critical`); it may differ from the severity of the alert's rule."""
    respond_within: timedelta | None = None
    source: str = ""
    """Where it stands in the document."""
    symptoms: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    """Names of the alerts it was written for. Which rule offers which runbook is decided by `alerts.yml`."""
    needs_incident: bool = True
    """False for work without an incident, such as a deployment: the run then has a thread and a timeline of its own."""
    owner: str = ""
    review: timedelta | None = None
    """How often somebody has to check that it is still true."""
    reviewed: str = ""
    """The day of the last review, ISO 8601."""
    parameters: tuple[Parameter, ...] = ()
    runbook_url: str = ""
    steps: tuple[Step, ...]
    data: Mapping[str, Any] = field(repr=False, compare=False)
    """The plain data it was read from, which a run keeps as its snapshot."""

    def step(self, step_id: str) -> Step:
        """The step of that id. Raises `KeyError`."""
        return next((step for step in self.steps if step.id == step_id), None) or _no_step(self, step_id)

    def position(self, step_id: str) -> int:
        """The step's position, counted from 1."""
        return self.steps.index(self.step(step_id)) + 1


def _no_step(runbook: Runbook, step_id: str) -> Step:
    raise KeyError(f"runbook {runbook.id} has no step {step_id}")


def find_runbook(runbooks: Mapping[str, Runbook], name: str) -> Runbook:
    """The runbook with this id, else the only one whose id begins so. Raises `UserError` with a did-you-mean."""
    wanted = name.strip().lower()
    if wanted in runbooks:
        return runbooks[wanted]
    matching = sorted(found for found in runbooks if wanted and found.startswith(wanted))
    if len(matching) == 1:
        return runbooks[matching[0]]
    if matching:
        raise UserError(
            f"“{wanted}” fits several runbooks: {', '.join(matching)}. Nothing was done; type one more letter."
        )
    if not wanted:
        raise UserError(f"Which runbook? There are: {_names(runbooks)}.")
    raise UserError(
        f"There is no runbook “{name.strip()}”.{did_you_mean(wanted, runbooks)} There are: {_names(runbooks)}."
    )


def _names(runbooks: Mapping[str, Runbook]) -> str:
    return ", ".join(sorted(runbooks)) or "none yet"
