"""What can be broken in this Slack, also for single methods."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from bot.sandbox.slack.answers import MANNERS
from bot.sandbox.slack.reference import COMMON, REFERENCE
from oncall.values import dataclass, field

FaultId = Literal["slack_down", "slack_429", "hang", "close"]
When = Literal["before", "after"]


@dataclass(slots=True, eq=False)
class Trouble:
    """One wrong answer. `way` is an error's name or a manner of `answers`; `when` says whether the call takes effect all the same.

    An empty `methods` means every method; `left` counts the answers to come, `None` means until it is mended; `retry_after` goes
    with 429.
    """

    way: str
    methods: frozenset[str] = frozenset()
    when: When = "before"
    left: int | None = None
    retry_after: int = 1

    def strikes(self, method: str) -> bool:
        return self.left != 0 and (not self.methods or method in self.methods)


@dataclass(slots=True)
class Faults:
    """Everything is off at first.

    `slack_429` is the `Retry-After` of every write; `hang` is how long answers are held back *after* the call took effect; `close`
    says whether the connection breaks before the call takes effect or after. `methods` limits all of these but `slack_down`.
    `troubles` are single wrong answers; the first that fits is given. `no_direct_messages`: the app's messages tab is off.
    `unknown_blocks` are refused with everything around them, as a workspace does that does not have them yet.
    """

    slack_down: bool = False
    slack_429: int = 0
    hang: float = 0.0
    close: Literal["", "before", "after"] = ""
    methods: list[str] | None = None
    troubles: list[Trouble] = field(default_factory=list)
    no_direct_messages: bool = False
    unknown_blocks: frozenset[str] = frozenset()

    def concerns(self, method: str) -> bool:
        return self.methods is None or method in self.methods

    def take(self, method: str) -> Trouble | None:
        """The trouble that this call meets, if any, and counts it."""
        met = next((one for one in self.troubles if one.strikes(method)), None)
        if met is not None and met.left is not None:
            met.left -= 1
        return met

    def set(
        self,
        fault: FaultId,
        on: bool,
        *,
        seconds: float | None,
        when: When,
        methods: Collection[str] | None,
    ) -> None:
        match fault:
            case "slack_down":
                self.slack_down = on
            case "slack_429":
                self.slack_429 = int(seconds or 5) if on else 0
            case "hang":
                self.hang = (10.0 if seconds is None else seconds) if on else 0.0
            case "close":
                self.close = when if on else ""
        self.methods = None if methods is None else sorted(methods)


def checked(trouble: Trouble) -> Trouble:
    """The trouble. Raises `ValueError` for an answer that Slack does not give to these methods, and for methods that it does not
    have."""
    if unknown := trouble.methods - REFERENCE.keys():
        raise ValueError(f"no method of Slack: {', '.join(sorted(unknown))}")
    if trouble.way not in MANNERS | COMMON:
        errors = [REFERENCE[method].errors for method in trouble.methods]
        if not errors or any(trouble.way not in one for one in errors):
            raise ValueError(
                f"Slack documents no “{trouble.way}” for {', '.join(sorted(trouble.methods)) or 'every method'}"
            )
    return trouble


SWITCHES: Mapping[str, Trouble] = {
    "slack_revoked": Trouble("token_revoked"),
    "slack_loses_answers": Trouble("500", frozenset({"chat.postMessage"}), "after"),
    "slack_behind_a_login": Trouble("html"),
    "slack_modals_refused": Trouble("expired_trigger_id", frozenset({"views.open"})),
}
"""The page's switches that are one trouble until mended."""
