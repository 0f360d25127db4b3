"""Who may do what. Three standings: `guest` (restricted accounts, people of other workspaces), `member`, `people` (bot.yml).

Reading is everybody's; stopping the pager is every full member's, because whoever is awake must be able to. The rest is for
`people`. `permissions:` in bot.yml changes it. A refusal names who may.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from bot.errors import UserError
from oncall.values import dataclass

Standing = Literal["guest", "member", "people"]
STANDINGS: tuple[Standing, ...] = ("guest", "member", "people")

Action = Literal[
    "read",
    "acknowledge",
    "escalate",
    "note",
    "pin",
    "action",
    "update",
    "edit",
    "postmortem",
    "open",
    "mitigate",
    "resolve",
    "reopen",
    "severity",
    "assign",
    "snooze",
    "silence",
    "merge",
    "split",
    "link",
    "page",
    "override",
    "swap",
    "take",
    "away",
    "runbook",
    "confirm",
    "approve",
    "apply",
    "restore",
    "test",
    "drill",
]

DEFAULTS: dict[Action, Standing] = {
    "read": "guest",
    "acknowledge": "member",
    "escalate": "member",
    "note": "member",
    "pin": "member",
    "action": "member",
    "update": "member",
    "edit": "people",
    "postmortem": "people",
    "open": "people",
    "mitigate": "people",
    "resolve": "people",
    "reopen": "people",
    "severity": "people",
    "assign": "people",
    "snooze": "people",
    "silence": "people",
    "merge": "people",
    "split": "people",
    "link": "people",
    "page": "people",
    "override": "people",
    "swap": "people",
    "take": "people",
    "away": "people",
    "runbook": "people",
    "confirm": "people",
    "approve": "people",
    "apply": "people",
    "restore": "people",
    "test": "people",
    "drill": "people",
}

_WHO: dict[Standing, str] = {
    "guest": "people in the channel",
    "member": "full members of the workspace",
    "people": "the people listed in `people` of bot.yml",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: the actor's word in the log (an email where known), the Slack id, and their standing.

    `why` says in a sentence what stands against an account that may do less than its owner would expect.
    """

    actor: str
    user_id: str
    name: str
    standing: Standing
    why: str = ""


def needed(action: Action, changed: Mapping[str, str]) -> Standing:
    """The standing an action needs, with the configuration's changes over the defaults."""
    return cast(Standing, changed.get(action, DEFAULTS[action]))


def may(standing: Standing, action: Action, changed: Mapping[str, str]) -> bool:
    return STANDINGS.index(standing) >= STANDINGS.index(needed(action, changed))


def require(caller: Caller, action: Action, changed: Mapping[str, str], people: Mapping[str, object]) -> None:
    """Raises `UserError` naming who may, if the caller may not."""
    if may(caller.standing, action, changed):
        return
    who = _WHO[needed(action, changed)]
    names = f" ({', '.join(sorted(people))})" if needed(action, changed) == "people" else ""
    reading = (
        " You can always read: the card and its thread, or `/incident show`."
        if may(caller.standing, "read", changed)
        else ""
    )
    why = f" {caller.why}" if caller.why else ""
    raise UserError(f"Only {who} may do this{names}. Nothing changed.{why}{reading}")
