"""The kinds of steps, in one visible table."""

from __future__ import annotations

from bot.runbooks.steps import http, manual, note, wait
from bot.runbooks.steps.kind import Manner, StepKind

Spec = http.Http | manual.Manual | wait.Wait | note.Note
"""What a step has beyond what every step has."""

STEP_KINDS: dict[str, StepKind[Spec]] = {
    "http": http.KIND,
    "manual": manual.KIND,
    "wait": wait.KIND,
    "note": note.KIND,
}

__all__ = ["STEP_KINDS", "Manner", "Spec", "StepKind"]
