"""What the views of a runbook need to know of it: the run, its steps, the question before a change.

Texts are raw, as they came: views escape and clip. Times are aware UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.runbooks.offers import Move
from bot.runbooks.run import StepStatus
from bot.slack.views.facts import Who
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Course:
    """How one figure went: `Memory` 990, 700, 431, and in words `990 → 431 MB`."""

    name: str
    words: str
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFacts:
    """What a step watches, so far."""

    share: float
    """How far it has come, from 0 to 1."""
    standing: str
    """`below 800 for 2 of 10 min`."""
    courses: tuple[Course, ...] = ()
    gap: str = ""
    """What could not be read last, and why."""
    blind_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class StageFacts:
    """One stage of a rollout: `1 %, held for 2 h`."""

    words: str
    place: Literal["passed", "held", "aimed", "coming"]
    """`aimed`: it is asked for or being set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """One step of a run."""

    number: int
    title: str
    state: StepStatus = "pending"
    text: str = ""
    code: str = ""
    outcome: str = ""
    by: Who | None = None
    at: datetime | None = None
    due_at: datetime | None = None
    """The end of a wait."""
    expired: bool = False
    """Its confirmation ran out unanswered."""
    watch: WatchFacts | None = None
    """While its figures are watched."""
    stages: tuple[StageFacts, ...] = ()
    """Of a rollout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """One item of a checklist; `by` is nobody until it is ticked."""

    text: str
    by: Who | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A runbook being worked through, for an incident or by itself."""

    token: str
    """What its buttons carry; must tell the run, the step and the version."""
    incident: int
    title: str
    steps: tuple[StepFacts, ...]
    state: Literal["active", "finished", "aborted"] = "active"
    current: int | None = None
    """`StepFacts.number` of the step to do now."""
    moves: tuple[Move, ...] = ()
    """What may be done to it: exactly these get a button."""
    options: tuple[str, ...] = ()
    """Of a decision: the labels, in order."""
    items: tuple[ItemFacts, ...] = ()
    """Of a checklist."""
    paused: str = ""
    """Why it may not go on at present."""
    hint: str = ""
    """What its kind of step means, in a sentence of ours: `You do this one`, `Only looks, changes nothing`."""
    url: str = ""
    why: str = ""
    """Of an aborted run."""
    by: Who | None = None
    drill: bool = False
    call: RunCall | None = None
    """What somebody was called for last, while nothing has been done about it."""
    question: ConfirmationFacts | None = None
    """What it waits for, if whoever asked may answer: one that calls others stands in a message of its own."""
    cleared: str = ""
    """Exactly what was confirmed for the step to do now, once it was."""
    cleared_by: Who | None = None
    outputs: tuple[OutputLine, ...] = ()
    """Answers that are longer than their line, the newest first."""
    unanswered: str = ""
    """The incident's token, while it still calls people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCall:
    """A wait that is over, what a watch came to, or what a plan asks for."""

    text: str
    mark: str
    who: Who | None = None
    hint: str = ""
    """What to do, in our own words."""
    helped: bool = True
    next_up: tuple[str, ...] = ()
    """Whom the ladder would call."""
    ref: str = ""
    """The incident's token, for calling them."""


@dataclass(frozen=True, slots=True)
class OutputLine:
    """All that one step answered."""

    step: int
    """Its number."""
    token: str
    logs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """The exact call a step makes, without secrets."""

    method: str
    url: str
    host: str
    body: str = ""
    changes: str = ""
    """What it changes, in one or two plain sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationFacts:
    """One question: may this request be sent?"""

    token: str
    incident: int
    runbook: str
    step: StepFacts
    request: RequestFacts
    asked_by: Who | None
    expires_at: datetime
    change: str = ""
    """What would become of which value: `Rollout 25 → 0 %`; empty where the step names none."""
    plan: tuple[str, ...] = ()
    """What else is agreed to with it, line by line."""
    present: str = ""
    """Why the present value does not stand in it, and what is known instead."""
    undo: str = ""
    """How it is taken back."""
    danger: bool = False
    """Slack asks once more."""
    to_type: str = ""
    """The word that has to be typed."""
    approval: bool = False
    """Somebody else has to agree."""
    approvers: tuple[Who, ...] = ()
    approved_by: tuple[Who, ...] = ()
    needs_all: bool = False
    drill: bool = False
