"""A step that calls somebody. The names of the people are shown before it happens."""

from __future__ import annotations

from bot.runbooks.fields import Fields
from bot.runbooks.parts.consent import Consent, parse_consent
from bot.runbooks.steps.kind import StepKind
from oncall.values import dataclass

ROLES = ("primary", "secondary", "team", "everyone")


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call: a role of the rota, the team, everyone, or an email."""

    notify: str
    consent: Consent


def _parse(fields: Fields) -> Call:
    notify = fields.text("notify", required=True)
    if notify and notify not in ROLES and "@" not in notify:
        fields.wrong("notify", f"“{notify}” is neither an email nor one of {', '.join(ROLES)}.")
    return Call(notify, parse_consent(fields, read_only=False))


KIND = StepKind("page", "request", ("notify", "confirm"), _parse)
