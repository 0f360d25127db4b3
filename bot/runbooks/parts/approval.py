"""Who has to approve a step besides the person who runs it.

Who the approvers are at the moment (a role of the rota changes every week) is looked up when they are asked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from bot.runbooks.fields import Fields
from oncall.values import dataclass

ROLES = ("primary", "secondary", "other_on_call")
"""`other_on_call` is the one of the two on call who did not ask."""
DEFAULT_APPROVERS = ("other_on_call",)
DEFAULT_TTL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Approval:
    """`any` one of the approvers, or `all` of them."""

    type: Literal["any", "all"] = "any"
    approvers: tuple[str, ...] = DEFAULT_APPROVERS
    """Roles of `ROLES` and emails of people."""
    ttl: timedelta = DEFAULT_TTL
    """How long it can be answered."""
    exclude_requester: bool = True
    """Nobody approves what they asked for themselves."""


def parse_approval(fields: Fields) -> Approval | None:
    """`approval: {type, approvers, ttl, exclude_requester}`."""
    inner = fields.inner("approval")
    if inner is None:
        return None
    inner.only(("type", "approvers", "ttl", "exclude_requester"), "“approval”")
    kind = inner.text("type") or "any"
    if kind not in ("any", "all"):
        inner.wrong("type", f"“{kind}” is neither any nor all.")
    approvers = inner.texts("approvers") or DEFAULT_APPROVERS
    for index, who in enumerate(approvers):
        if who not in ROLES and "@" not in who:
            fields.wrong_at(
                ("approval", "approvers", index), f"“{who}” is neither an email nor a role ({', '.join(ROLES)})."
            )
    own = inner.flag("exclude_requester")
    return Approval(
        "all" if kind == "all" else "any", approvers, inner.span("ttl") or DEFAULT_TTL, True if own is None else own
    )
