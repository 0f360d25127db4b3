"""An escalation policy as a ladder of `escalation.yml`.

How soon somebody has to answer, the last resort and the reminders are kept as they stand in our file: no other tool has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.importing.lines import Line
from bot.importing.model import Export, Policy
from oncall.values import dataclass

_BETWEEN_ROUNDS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Level:
    """One level, in the words of the file."""

    after: timedelta
    notify: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """What the policy says of a ladder."""

    policy: str
    levels: tuple[Level, ...]
    rounds: int = 1
    round_length: timedelta | None = None


def ladder_of(policy: Policy, lines: Sequence[Line], export: Export) -> Ladder | None:
    """The ladder; `None` if nobody whom the policy calls can be called here."""
    levels: dict[timedelta, list[str]] = {}
    for rung in policy.rungs:
        words = [word for aim in rung.aims for word in _words(aim.kind, aim.what, lines, export, policy)]
        if words:
            at = levels.setdefault(rung.after, [])
            at += [word for word in words if word not in at]
    if not levels:
        export.leave(f"policy “{policy.name}”", "nobody whom it calls is carried over")
        return None
    found = tuple(Level(after, tuple(words)) for after, words in sorted(levels.items()))
    return Ladder(policy.name, found, policy.rounds, _round_length(policy, found[-1].after, export))


def _round_length(policy: Policy, last: timedelta, export: Export) -> timedelta | None:
    if policy.rounds < 2:
        return None
    if policy.round_length is not None and policy.round_length > last:
        return policy.round_length
    export.leave(f"policy “{policy.name}”", "it begins anew at once; here a round is 5 min longer than its last level")
    return last + _BETWEEN_ROUNDS


def _words(kind: str, what: str, lines: Sequence[Line], export: Export, policy: Policy) -> list[str]:
    if kind != "plan":
        return ["team"] if kind == "team" else [what]
    roles = [line.role for line in lines if line.plan.id == what]
    if not roles:
        known = next((plan.name for plan in export.plans if plan.id == what), what)
        export.leave(f"a step of “{policy.name}”", f"it calls the schedule “{known}”, which has no role here")
    return roles
