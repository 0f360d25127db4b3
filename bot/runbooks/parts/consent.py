"""What a person has to read and type before something changes.

A change is always confirmed; a file may add a warning, call it dangerous (Slack asks once more) and demand a typed word.
"""

from __future__ import annotations

from bot.runbooks.fields import Fields
from oncall.values import dataclass

LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class Consent:
    """How a person confirms."""

    needed: bool = False
    warning: str = ""
    """What to consider before confirming."""
    danger: bool = False
    """Slack's own dialog asks as well."""
    type_to_confirm: str = ""
    """A word that has to be typed; empty if none is needed."""


def parse_consent(fields: Fields, *, read_only: bool) -> Consent:
    """`confirm: true`, or `confirm: {message, danger, type_to_confirm}`. A change without it is confirmed all the same."""
    if isinstance(fields.data.get("confirm"), dict):
        return _spelled_out(fields)
    flag = fields.flag("confirm")
    if flag is False and not read_only:
        fields.wrong("confirm", "a request that changes something is always confirmed.")
    return Consent(needed=bool(flag) or not read_only)


def _spelled_out(fields: Fields) -> Consent:
    inner = fields.inner("confirm")
    assert inner is not None  # noqa: S101 - it is a dict, just seen
    inner.only(("message", "danger", "type_to_confirm"), "“confirm”")
    word = inner.text("type_to_confirm")
    if len(word) > LONGEST_WORD:
        inner.wrong("type_to_confirm", f"a word to type may have {LONGEST_WORD} characters at most.")
    bare = not word and inner.flag("danger") is None
    return Consent(True, inner.text("message", required=bare), bool(inner.flag("danger")), word)
