"""A step that watches: metrics are read for a while, and the step is good if they stayed where they have to be.

It has no timer: the run stores when to look next, and the engine looks. What cannot be measured is never called good.
"""

from __future__ import annotations

from datetime import timedelta

from bot.runbooks.fields import Fields
from bot.runbooks.parts.checks import LIMITS, Check, parse_one_or_more
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass

DEFAULT_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Monitor:
    """What is watched and for how long."""

    checks: tuple[Check, ...]
    span: timedelta
    tolerance: timedelta = DEFAULT_TOLERANCE
    """How long a value may be on the wrong side before the step fails."""


def _parse(fields: Fields) -> Monitor:
    checks = parse_one_or_more(fields)
    span = fields.span("for", required=True) or timedelta(minutes=1)
    return Monitor(checks, span, fields.span("tolerance") or DEFAULT_TOLERANCE)


KIND = StepKind("monitor", "watch", (*LIMITS, "checks", "for", "tolerance"), _parse)
