"""The condition of a step: `if: {step: check-cdn, is: failed}` or `if: {parameter: stage, is: production}`. Else it is skipped."""

from __future__ import annotations

from bot.runbooks.fields import Fields
from oncall.values import dataclass

STATES = ("done", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class Condition:
    """An earlier step or a parameter, and what it has to be. One of `step` and `parameter` is set."""

    wanted: str
    """A state, the label of a decision's option, or a parameter's value."""
    step: str = ""
    parameter: str = ""

    def spoken(self) -> str:
        return f"“{self.step or self.parameter}” is {self.wanted}"


def parse_condition(fields: Fields) -> Condition | None:
    """`if: {step | parameter, is}`."""
    inner = fields.inner("if")
    if inner is None:
        return None
    inner.only(("step", "parameter", "is"), "“if”")
    step, parameter = inner.text("step"), inner.text("parameter")
    if bool(step) == bool(parameter):
        inner.wrong(None, "“if” names either a “step” or a “parameter”.")
    return Condition(inner.text("is", required=True), step, parameter)
