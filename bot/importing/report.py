"""The report on an import: what was carried over, what was not and why, and the proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.importing.conversion import Conversion
from bot.importing.proof import Difference, Proof
from oncall.calendar import local
from oncall.words import written

_SHOWN = 20
"""How many differing stretches are listed."""


def report_lines(conversion: Conversion) -> Iterator[str]:
    """Line by line, for a terminal."""
    export = conversion.export
    counts = (len(export.plans), "schedule"), (len(export.people), "person"), (len(export.policies), "policy")
    yield f"Read of {export.tool}: {', '.join(_counted(*each) for each in counts)}."
    yield ""
    yield "Carried over:"
    yield from (f"  ✓ {line}" for line in _carried(conversion))
    if export.left:
        yield ""
        yield "Not carried over, or not as it was:"
        yield from (f"  ! {left}" for left in dict.fromkeys(export.left))
    yield ""
    yield "Who is on call, beside the export’s own rendered schedule:"
    for proof in conversion.proofs:
        yield from _proved(proof, conversion)


def _carried(conversion: Conversion) -> Iterator[str]:
    for line in conversion.lines:
        mine = [each.name for each in conversion.rotations if each.role == line.role]
        overrides = sum(each.role == line.role for each in conversion.overrides)
        extra = f", {_counted(overrides, 'override')}" if overrides else ""
        yield f"“{line.plan.name}” is {line.role}: {_counted(len(mine), 'rotation')} ({', '.join(mine)}){extra}"
    for severity, ladder in conversion.ladders.items():
        levels = ", ".join(f"{written(level.after)} {' + '.join(level.notify)}" for level in ladder.levels)
        rounds = f"; {ladder.rounds} rounds of {written(ladder.round_length)}" if ladder.round_length else ""
        yield f"the policy “{ladder.policy}” is {severity}: {levels}{rounds}"
    if conversion.new_people:
        yield f"new in people: {', '.join(each.email for each in conversion.new_people)}"
    if conversion.other_people:
        yield f"still in people, though the export does not call them: {', '.join(conversion.other_people)}"


def _proved(proof: Proof, conversion: Conversion) -> Iterator[str]:
    name, zone = f"“{proof.plan.name}”", proof.plan.timezone
    if not proof.roles:
        yield f"  ! {name} has no role here, so there is nothing to compare"
        return
    if proof.shown is None:
        yield f"  ! {name} is not proved: its export holds no rendered schedule. Get it with {conversion.export.how_to_render}"
        return
    window = f"from {local(proof.shown.since, zone)} to {local(proof.shown.until, zone)}"
    if proof.holds:
        yield f"  ✓ {name}: the same people at every instant {window} ({len(proof.shown.stretches)} stretches)"
        return
    yield f"  ✗ {name}: others are on call in {_counted(len(proof.differences), 'stretch')} {window}:"
    yield from (f"      {line}" for line in _listed(proof.differences, zone))


def _listed(differences: Sequence[Difference], zone: str) -> Iterator[str]:
    for each in differences[:_SHOWN]:
        yield f"{_from_to(each.since, each.until, zone)}: there {_names(each.there)}, here {_names(each.here)}"
    if len(differences) > _SHOWN:
        yield f"and {len(differences) - _SHOWN} more"


def _from_to(since: datetime, until: datetime, zone: str) -> str:
    return f"{local(since, zone)} to {local(until, zone)}"


def _names(people: frozenset[str]) -> str:
    return " and ".join(sorted(people)) or "nobody"


def _counted(count: int, what: str) -> str:
    plural = {"person": "people", "policy": "policies", "stretch": "stretches"}.get(what, f"{what}s")
    return f"{count or 'no'} {what if count == 1 else plural}"
