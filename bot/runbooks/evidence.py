"""What is read of the system by itself when an incident opens and when it is over: the reads of a procedure's immediate actions.

Pure. It refuses everything that is not a plain read by HTTP: no command, no log line, nothing that asks first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.runbooks.answer import short
from bot.runbooks.model import Runbook, Step
from bot.runbooks.request import Outcome
from bot.runbooks.steps.http import Http

SECTION = "Immediate Actions"
WITHIN = timedelta(seconds=10)
"""How long all the reads of one moment may take together."""
LONGEST = 200
"""Characters of an answer that named no values, or of why there is none."""

Moment = Literal["opened", "resolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one step's read gave."""

    step: str
    title: str
    at: datetime
    values: dict[str, Any] = field(default_factory=dict)
    """By label."""
    units: dict[str, str] = field(default_factory=dict)
    text: str = ""
    """What there is to say where it gave no values."""

    def as_json(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "title": self.title,
            "at": self.at.isoformat(),
            "values": self.values,
            "units": self.units,
            "text": self.text,
        }

    def spoken(self) -> str:
        """`Check status: Memory 512 MB, Videos 100`."""
        pairs = [f"{label} {short(value)} {self.units.get(label, '')}".strip() for label, value in self.values.items()]
        return f"{self.title}: {', '.join(pairs) or self.text}"


def reads(runbook: Runbook) -> tuple[Step, ...]:
    """The steps that may be read without anybody asking."""
    return tuple(
        step
        for step in runbook.steps
        if step.section.lower() == SECTION.lower() and isinstance(step.spec, Http) and not step.needs_confirmation
        if step.read_only
    )


def sample_of(step: Step, outcome: Outcome, at: datetime) -> Sample:
    units = {shown.label: shown.unit for shown in step.spec.show if shown.unit} if isinstance(step.spec, Http) else {}
    text = "" if outcome.data else " ".join(outcome.text.split())[:LONGEST]
    return Sample(step=step.id, title=step.title, at=at, values=dict(outcome.data), units=units, text=text)


def spoken(moment: Moment, samples: Sequence[Sample]) -> str:
    """All of them, in one line of the story."""
    when = "when it opened" if moment == "opened" else "now that it is over"
    return f"Read {when}: {' · '.join(sample.spoken() for sample in samples)}"
