"""A checklist: people tick its items, and the step is done when all are ticked."""

from __future__ import annotations

from bot.runbooks.fields import Fields
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass

MOST_ITEMS = 20
"""Each item is a line with a button of its own, all in one message."""


@dataclass(frozen=True, slots=True)
class Checklist:
    """The items that have to be so."""

    items: tuple[str, ...]


def _parse(fields: Fields) -> Checklist:
    items = fields.texts("items")
    if not 1 <= len(items) <= MOST_ITEMS:
        fields.wrong("items" if "items" in fields.data else None, f"a checklist has 1 to {MOST_ITEMS} “items”.")
    if len(set(items)) != len(items):
        fields.wrong("items", "two items are the same.")
    return Checklist(items)


KIND = StepKind("checklist", "check", ("items",), _parse)
