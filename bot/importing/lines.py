"""Who serves beside whom: a schedule's layers become lines of one person at a time, and the lines get our two roles.

Where two layers of the same rank serve in the same hours, both their people are called there; here each needs a role of its
own. Refuses to invent a third role: what finds none is left, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.importing.model import Export, Layer, Plan, Policy
from bot.importing.week import overlap
from oncall.calendar import instant_of
from oncall.rota import ROLES
from oncall.values import dataclass

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """Layers of one schedule of which at most one person at a time is on call, the higher ranks last."""

    plan: Plan
    layers: tuple[Layer, ...]
    role: str


def lines_of(plan: Plan) -> list[list[Layer]]:
    """The layers, each in the first line in which none of its own rank serves in its hours."""
    lines: list[list[Layer]] = []
    for layer in sorted(plan.layers, key=lambda layer: layer.rank):
        free = (line for line in lines if not any(_beside(layer, other) for other in line))
        line = next(free, None)
        if line is None:
            lines.append(line := [])
        line.append(layer)
    return lines or [[]]


def given_roles(export: Export, policy: Policy | None, chosen: Sequence[str | None]) -> list[Line]:
    """The lines that have a role: what was chosen for it, else in the order in which the policy calls the schedules."""
    picked = [_named(export, name) for name in chosen]
    waiting = [plan for plan in _in_order(export, policy) if plan not in picked]
    free = list(ROLES)
    found: list[Line] = []
    for role, plan in zip(ROLES, picked, strict=False):
        if plan is not None:
            free.remove(role)
            found.append(Line(plan, tuple(lines_of(plan)[0]), role))
    rest = [(plan, line) for plan in picked if plan for line in lines_of(plan)[1:]]
    rest += [(plan, line) for plan in waiting for line in lines_of(plan)]
    for plan, line in rest:
        if free:
            found.append(Line(plan, tuple(line), free.pop(0)))
        else:
            _without_role(export, plan, line)
    return sorted(found, key=lambda line: ROLES.index(line.role))


def _beside(one: Layer, other: Layer) -> bool:
    if one.rank != other.rank or one.timezone != other.timezone:
        return one.rank == other.rank
    return (
        _begins(one) < (other.until or _NEVER)
        and _begins(other) < (one.until or _NEVER)
        and overlap(one.hours, other.hours)
    )


def _begins(layer: Layer) -> datetime:
    anchor = instant_of(layer.anchor.date(), layer.anchor.time(), layer.timezone)
    return max(anchor, layer.since) if layer.since else anchor


def _named(export: Export, name: str | None) -> Plan | None:
    if name is None:
        return None
    found = [plan for plan in export.plans if name.lower() in (plan.id.lower(), plan.name.lower())]
    if not found:
        known = ", ".join(f"“{plan.name}”" for plan in export.plans) or "none at all"
        raise LookupError(f"there is no schedule “{name}” in the export (there are: {known})")
    return found[0]


def _in_order(export: Export, policy: Policy | None) -> list[Plan]:
    called = [aim.what for rung in policy.rungs for aim in rung.aims if aim.kind == "plan"] if policy else []
    order = {plan: called.index(plan) if plan in called else len(called) for plan in (each.id for each in export.plans)}
    return sorted(export.plans, key=lambda plan: order[plan.id])


def _without_role(export: Export, plan: Plan, line: Sequence[Layer]) -> None:
    names = ", ".join(f"“{layer.name}”" for layer in line)
    whole = len(lines_of(plan)) == 1
    what = f"schedule “{plan.name}”" if whole else f"{names} of “{plan.name}”"
    export.leave(
        what, f"the roles {' and '.join(ROLES)} are taken already; --primary and --secondary choose other schedules"
    )
