"""A step that lets time pass ("watch the memory usage for 10 minutes") and then asks what was seen.

It has no timer: the run stores the instant, and the engine looks.
"""

from __future__ import annotations

from datetime import timedelta

from bot.runbooks.fields import Fields
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait."""

    wait: timedelta


def _parse(fields: Fields) -> Wait:
    return Wait(fields.span("wait", required=True) or timedelta(seconds=1))


KIND = StepKind("wait", "wait", ("wait",), _parse)
