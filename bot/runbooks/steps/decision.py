"""A step that asks how to go on: each option is a button and leads to a later step, or to the end of the run.

It leads only forward: a way back would let a run go round for ever.
"""

from __future__ import annotations

from bot.runbooks.fields import Fields
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass

END = "end"
"""The target of an option that ends the run."""
MOST_OPTIONS, LONGEST_LABEL = 4, 60


@dataclass(frozen=True, slots=True)
class Option:
    """One way on. Without `goto` it leads to the next step."""

    label: str
    goto: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The options to choose from."""

    options: tuple[Option, ...]

    def named(self, label: str) -> Option | None:
        return next((option for option in self.options if option.label.lower() == label.strip().lower()), None)


def _parse(fields: Fields) -> Decision:
    found: dict[str, Option] = {}
    for index, _ in enumerate(fields.items("options")):
        inner = fields.inner("options", index)
        if inner is None:
            continue
        inner.only(("label", "goto"), "an option")
        label = inner.text("label", required=True)
        if len(label) > LONGEST_LABEL:
            inner.wrong("label", f"a label may have {LONGEST_LABEL} characters at most: it stands on a button.")
        if label.lower() in found:
            inner.wrong("label", f"“{label}” is an option already.")
        found[label.lower()] = Option(label, inner.text("goto"))
    if not 2 <= len(found) <= MOST_OPTIONS:
        fields.wrong("options" if "options" in fields.data else None, f"a decision has 2 to {MOST_OPTIONS} options.")
    return Decision(tuple(found.values()))


KIND = StepKind("decision", "choose", ("options",), _parse)
