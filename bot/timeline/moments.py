"""The five moments of an incident: what the bot saw of them, and what somebody who knows better has said. Pure.

A moment that was said stands above the one that was seen, and the one that was seen stays beside it: neither is thrown away. It
refuses to guess: when the impact began is known only if an alert or a person says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from bot.errors import UserError
from bot.events import Event, Recorded
from bot.incidents import Change, Incident
from oncall.values import dataclass

Name = Literal["began", "noticed", "answered", "mitigated", "over"]
NAMES: tuple[Name, ...] = get_args(Name)

WORDS: dict[Name, str] = {
    "began": "Impact began",
    "noticed": "Noticed",
    "answered": "Answered",
    "mitigated": "Mitigated",
    "over": "Over",
}
"""How each is called where people choose one."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When it was. `by`: who said so; nobody where the bot saw it."""

    at: datetime
    by: str = ""
    seen: datetime | None = None
    """When the bot saw it, where somebody says otherwise."""


def moments(incident: Incident, story: Sequence[Recorded]) -> dict[Name, Moment]:
    """Those that are known, in their order."""
    seen = _seen(incident)
    said = {each.event.data["moment"]: each for each in story if each.event.kind == "moment"}
    found: dict[Name, Moment] = {}
    for name in NAMES:
        if name in said:
            event = said[name].event
            found[name] = Moment(datetime.fromisoformat(event.data["at"]), event.actor, seen.get(name))
        elif name in seen:
            found[name] = Moment(seen[name])
    return found


def _seen(incident: Incident) -> dict[Name, datetime]:
    moments: dict[Name, datetime | None] = {
        "noticed": incident.opened_at,
        "answered": incident.acknowledged_at,
        "mitigated": incident.mitigated_at,
        "over": incident.resolved_at,
    }
    return {name: at for name, at in moments.items() if at is not None}


def said(incident: Incident, name: Name, moment: datetime, actor: str, at: datetime, shown: str) -> Change:
    """Somebody says when it was; `shown` is that instant for people. Raises `UserError` for one that lies ahead."""
    if moment > at:
        raise UserError(f"{shown} is still to come: a moment is one that has been. Nothing changed.")
    text = f"{WORDS[name]} at {shown}, as set by hand"
    return Change(incident, (Event("moment", actor, text, {"moment": name, "at": moment.isoformat()}),))


def name_from(word: str) -> Name | None:
    return next((name for name in NAMES if name == word.lower()), None)
