"""The values of a run: how far a procedure has come. What may happen to them is in `runs`.

All of it can be turned into JSON and back, which is how the store keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from bot.runbooks.model import Runbook, Step
from bot.runbooks.reading import restore_runbook
from bot.runbooks.rollout import Progress, goes_back, stands
from bot.runbooks.verify import Watch
from oncall.values import dataclass, field, fields, replace

RunState = Literal["active", "finished", "aborted"]
StepStatus = Literal[
    "pending",
    "waiting_confirmation",
    "confirmed",
    "running",
    "waiting",
    "watching",
    "done",
    "failed",
    "skipped",
    "unknown",
]
SETTLED: tuple[StepStatus, ...] = ("done", "skipped")
"""A step in one of these states is over; the next one is the current one."""


Look = Literal["none", "waits", "known", "unknown"]
"""Whether the present value is read before a question is posted, and whether that succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A question to a person about exactly one request. It is used once; whether it has expired is computed, not stored."""

    id: str
    """The id in the button's token: unique per question."""
    run: int
    step: str
    digest: str
    """`Request.digest` of what was shown."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """Its `method`, `url` and `body`: the question shows these for ever, even if the settings change."""
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    used_by: str | None = None
    used_at: datetime | None = None
    look: Look = "none"
    before: Any = None
    """The value before the change, once it was read."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """The figures that the change is to improve, by metric, as far as they could be read."""
    approval: bool = False
    """Whether somebody else has to approve: then only `approvers` may confirm it."""
    approvers: tuple[str, ...] = ()
    needs_all: bool = False
    approved_by: tuple[str, ...] = ()

    def expired(self, at: datetime) -> bool:
        return at >= self.expires_at

    def as_json(self) -> dict[str, Any]:
        return _json(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Confirmation:
        lists = {name: tuple(data.get(name, ())) for name in ("approvers", "approved_by")}
        return cls(**{**_times(data, "asked_at", "expires_at", "used_at"), **lists})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A ticked item of a checklist."""

    item: int
    """Its place in the list, from 0."""
    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """Where one step stands."""

    id: str
    state: StepStatus = "pending"
    who: str | None = None
    """Who last moved it: pressed, confirmed, ticked or skipped."""
    at: datetime | None = None
    """When it last moved."""
    outcome: str = ""
    """The result in words; a note, an observation, or the reason for skipping it."""
    attempts: int = 0
    """How often it was started."""
    due_at: datetime | None = None
    """The end of a wait, the next look of a watch, or the instant at which an open question expires; `None` once the clock has
    dealt with it."""
    confirmation: Confirmation | None = None
    """The latest question about it."""
    passed: bool = False
    """It failed, and the run went on all the same because the file says so."""
    choice: str = ""
    """For a decision: the label of the chosen option."""
    ticks: tuple[Tick, ...] = ()
    """For a checklist: the ticked items, in the order in which they were ticked."""
    watch: Watch | None = None
    """What is being watched, or was."""
    rollout: Progress | None = None
    """For a rollout that was asked for: how far it has come."""

    @property
    def settled(self) -> bool:
        return self.passed or self.state in SETTLED

    def as_json(self) -> dict[str, Any]:
        asked = self.confirmation.as_json() if self.confirmation else None
        watched = self.watch.as_json() if self.watch else None
        ticks = [_json(tick) for tick in self.ticks]
        rollout = _json(self.rollout) if self.rollout else None
        return {**_json(self), "confirmation": asked, "ticks": ticks, "watch": watched, "rollout": rollout}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StepState:
        found = data.get("confirmation")
        ticks = tuple(Tick(**_times(tick, "at")) for tick in data.get("ticks", ()))
        watch = Watch.from_json(data["watch"]) if data.get("watch") else None
        rollout = Progress(**data["rollout"]) if data.get("rollout") else None
        parts = {"confirmation": None, "ticks": ticks, "watch": watch, "rollout": rollout}
        state = cls(**{**_times(data, "at", "due_at"), **parts})
        return replace(state, confirmation=Confirmation.from_json(found)) if found else state


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one runbook, as a whole.

    That at most one run per runbook and incident is active is an invariant of the store (a partial unique index), not of this
    value.
    """

    id: int
    runbook: str
    incident: int
    """The number of the log that it writes: an incident's, or a negative one of its own (`bot.incidents.own_log`)."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Its parameters, as given at the start."""
    state: RunState = "active"
    steps: tuple[StepState, ...]
    """In the order of `snapshot.steps`."""
    started_by: str
    started_at: datetime
    paused: str = ""
    """Why it may not go on at present; empty if it may."""
    ended_by: str | None = None
    ended_at: datetime | None = None
    reason: str = ""
    """Why it was aborted."""
    snapshot: Runbook
    """The procedure as it was when the run began: changing the file does not affect a run."""
    version: int = 0
    """Counts the moves; the store compares it."""

    def as_json(self) -> dict[str, Any]:
        steps = [step.as_json() for step in self.steps]
        return {**_json(self), "steps": steps, "snapshot": dict(self.snapshot.data)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Run:
        """Raises `ValueError` if this version cannot read the procedure with which the run was started."""
        steps = tuple(StepState.from_json(step) for step in data["steps"])
        parts = {"steps": steps, "snapshot": restore_runbook(data["snapshot"])}
        return cls(**{**_times(data, "started_at", "ended_at"), **parts})


def state_of(run: Run, step_id: str) -> StepState:
    """The state of that step. Raises `KeyError`."""
    return run.steps[run.snapshot.position(step_id) - 1]


def current(run: Run) -> Step | None:
    """The first step that is not over; `None` if the run has ended."""
    if run.state != "active":
        return None
    return next((step for step, state in zip(run.snapshot.steps, run.steps, strict=True) if not state.settled), None)


def ready(run: Run) -> Step | None:
    """The step that may now be sent: the runner has to begin, execute and finish it. A step that waits for another try is not ready
    before the clock has released it."""
    step = current(run)
    state = state_of(run, step.id) if step else None
    return step if state and state.state == "confirmed" and state.due_at is None else None


def watched(run: Run) -> Step | None:
    """The step whose figures are being watched, if the run is at one. A rollout's stage is watched whatever is asked for
    meanwhile."""
    step = current(run)
    state = state_of(run, step.id) if step else None
    return step if state and (state.state == "watching" or watched_beside(state)) else None


def watched_beside(state: StepState) -> bool:
    """Whether what a rollout has set is watched while a question about it is open, or while an outcome is unknown."""
    aside = state.state in ("waiting_confirmation", "unknown") and state.watch is not None
    return aside and stands(state.rollout, unknown=state.state == "unknown")


def going_back(run: Run) -> bool:
    """Whether the run is about to set a rollout back: nothing may delay that."""
    step = current(run)
    return step is not None and goes_back(state_of(run, step.id).rollout)


def due(run: Run) -> datetime | None:
    """When a wait of this run ends, its figures are looked at next, or its question expires; `None` if none of that is due."""
    step = current(run)
    return state_of(run, step.id).due_at if step else None


def _json(value: Any) -> dict[str, Any]:
    found = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: item.isoformat() if isinstance(item, datetime) else item for name, item in found.items()}


def _times(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: datetime.fromisoformat(item) if name in names and item else item for name, item in data.items()}
