"""A step that calls somebody. Whom is shown by name before it happens."""

from __future__ import annotations

from dataclasses import dataclass

from bot.runbooks.fields import Fields
from bot.runbooks.steps.kind import StepKind

ROLES = ("primary", "secondary", "team", "everyone")


@dataclass(frozen=True, slots=True)
class Call:
    """Whom: a role of the rota, the team, everyone, or an email."""

    notify: str


def _parse(fields: Fields) -> Call:
    notify = fields.text("notify", required=True)
    if notify and notify not in ROLES and "@" not in notify:
        fields.wrong("notify", f"“{notify}” is no email and none of {', '.join(ROLES)}.")
    return Call(notify)


KIND = StepKind("page", "call", ("notify",), _parse)
