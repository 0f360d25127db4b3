"""What the bot reads of the system by itself when an incident opens and when it ends, as evidence.

These are the read-only steps among a procedure's immediate actions, and the present values of what those actions set. Pure. It
refuses everything that is not a plain HTTP read: no command, no log line, nothing that asks for a confirmation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.runbooks.answer import short
from bot.runbooks.model import Runbook, Step
from bot.runbooks.parts.setting import Setting
from bot.runbooks.request import Outcome
from bot.runbooks.steps.http import Http
from bot.runbooks.undo import value_words
from oncall.values import dataclass, field

SECTIONS = ("immediate actions", "diagnosis steps")
"""The sections that a procedure begins with, in the document's two wordings: for emergencies and for common issues."""
SETTING = "Setting"
"""The title of a present value, because a step's own title says what is to be done about it."""
WITHIN = timedelta(seconds=10)
"""How long all reads of one moment may take together."""
LONGEST = 200
"""Characters kept of an answer without declared values, or of the reason why there is none."""

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
    """What there is to say if it gave no values."""

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
        """`Memory 512 MB, Videos 100`."""
        pairs = [f"{label} {short(value)} {self.units.get(label, '')}".strip() for label, value in self.values.items()]
        return ", ".join(pairs) or self.text


def reads(runbook: Runbook) -> tuple[Step, ...]:
    """The steps that may be read without asking anybody, or whose setting may be."""
    now = [step for step in runbook.steps if step.section.lower() in SECTIONS]
    found = [step for step in now if is_plain(step) or setting_of(step) is not None]
    return tuple(step for place, step in enumerate(found) if not _looks_again(step, found[:place]))


def _looks_again(step: Step, before: Sequence[Step]) -> bool:
    """Whether it shows what an earlier step shows: it is meant to be read after a change (`Post-cleanup memory`), and its title
    would not be true before that."""
    return any(_labels(step) & _labels(each) for each in before)


def _labels(step: Step) -> set[str]:
    return {shown.label for shown in step.spec.show} if is_plain(step) and isinstance(step.spec, Http) else set()


def is_plain(step: Step) -> bool:
    """Whether the step only reads."""
    return isinstance(step.spec, Http) and step.read_only and not step.needs_confirmation


def setting_of(step: Step) -> Setting | None:
    """What the step sets, if its present value can be read."""
    setting = step.spec.setting if isinstance(step.spec, Http) else None
    return setting if setting is not None and setting.url else None


def sample_of(step: Step, outcome: Outcome, at: datetime) -> Sample:
    text = "" if outcome.data else " ".join(outcome.text.split())[:LONGEST]
    if is_plain(step) and isinstance(step.spec, Http):
        units = {shown.label: shown.unit for shown in step.spec.show if shown.unit}
        return Sample(step=step.id, title=step.title, at=at, values=dict(outcome.data), units=units, text=text)
    setting = setting_of(step)
    units = {setting.label: setting.unit} if setting is not None and setting.unit else {}
    values = {label: _as_set(value) for label, value in outcome.data.items()}
    return Sample(step=step.id, title=SETTING, at=at, values=values, units=units, text=text)


def _as_set(value: Any) -> Any:
    """A present value as people set it: `on`, and 25 if JSON says 25.0."""
    if isinstance(value, bool):
        return value_words(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def spoken(moment: Moment, samples: Sequence[Sample]) -> str:
    """All samples, in one line for the timeline."""
    when = "when it opened" if moment == "opened" else "now that it is over"
    said: dict[str, list[str]] = {}
    for sample in samples:
        said.setdefault(sample.title, []).append(sample.spoken())
    lines = [f"{title}: {', '.join(found)}" for title, found in said.items()]
    return f"Read {when}: {' · '.join(lines)}"
