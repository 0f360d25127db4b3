"""A step that a person does: the instruction, and the document's code if it has some. Nothing is executed."""

from __future__ import annotations

from bot.runbooks.fields import Fields
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Manual:
    """What the step shows besides its text."""

    code: str = ""
    language: str = ""
    """`dart`, `bash` …; only a label."""
    action: str = ""
    """What is left to do afterwards: it becomes an action item."""


def _parse(fields: Fields) -> Manual:
    code, language = fields.text("code"), fields.text("language")
    if language and not code:
        fields.wrong("language", "“language” without “code”.")
    if not code and not fields.text("text"):
        fields.wrong(None, "a manual step needs “text” or “code”: there is nothing to do in it.")
    return Manual(code, language, fields.text("action"))


KIND = StepKind("manual", "hand", ("code", "language", "action"), _parse)
