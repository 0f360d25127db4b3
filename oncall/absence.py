"""Who on call is away without a stand-in. A level that would call only such people is called together with the next. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from oncall.cover import Request
from oncall.policy import Level
from oncall.rota import ROLES, Duty

AwayUntil = Callable[[str], datetime | None]
"""Until when the person is away; `None` if they are not."""


def until_when(requests: Iterable[Request], person: str, at: datetime) -> datetime | None:
    """Until when the person said that they are away; `None` if they did not."""
    mine = (each for each in requests if each.kind == "away" and each.person == person and each.start <= at)
    return max((each.until for each in mine if each.stands(at)), default=None)


def all_away(level: Level, duty: Callable[[str], Duty], away_until: AwayUntil) -> dict[str, datetime]:
    """The people whom a level calls by their role, if every one of them is away and the level calls nobody else; else nobody."""
    found: dict[str, datetime] = {}
    for word in level.notify:
        person = duty(word).person if word in ROLES else None
        until = away_until(person) if person is not None else None
        if person is None or until is None:
            return {}
        found[person] = until
    return found


def away_words(until: datetime) -> str:
    return f"away until {until:%a %d %b %H:%M} UTC, and nobody has taken it"
