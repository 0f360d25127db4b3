"""A step that only tells what has to be known at this point."""

from __future__ import annotations

from bot.runbooks.fields import Fields
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """Has only the text that every step has."""


def _parse(fields: Fields) -> Note:
    if not fields.text("text"):
        fields.wrong(None, "a note needs “text”.")
    return Note()


KIND = StepKind("note", "read", (), _parse)
