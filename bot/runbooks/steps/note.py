"""A step that only says something that has to be known at this point."""

from __future__ import annotations

from bot.runbooks.fields import Fields
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """Has nothing but the text every step has."""


def _parse(fields: Fields) -> Note:
    if not fields.text("text"):
        fields.wrong(None, "a note needs “text”.")
    return Note()


KIND = StepKind("note", "read", (), _parse)
