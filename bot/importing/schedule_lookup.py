"""Finds the schedule that an answer is about: overrides and final shifts come without naming theirs."""

from __future__ import annotations

from bot.importing.model import Export
from bot.importing.node import Node


def plan_of(node: Node, export: Export) -> int:
    """The place of the schedule: the only one, or the one whose id or name is in the file's name. Raises `Misread`."""
    if len(export.plans) == 1:
        return 0
    name = node.file.lower()
    found = [
        place
        for place, plan in enumerate(export.plans)
        if plan.id.lower() in name or plan.name.lower().replace(" ", "-") in name.replace("_", "-").replace(" ", "-")
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{plan.id} ({plan.name})" for plan in export.plans) or "none was read"
    raise node.wrong(
        f"this answer does not say which schedule it is about; put the schedule’s id into the file’s name (there are: {known})"
    )
