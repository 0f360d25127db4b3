"""What can be broken in this Slack, and how to break it for some methods only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

FaultId = Literal["slack_down", "slack_429", "hang", "close"]


@dataclass(slots=True)
class Faults:
    """Everything is off at first.

    `slack_429` is the `Retry-After` of every write, `hang` how long answers are held back *after* the call took effect,
    `close` whether the connection dies before the call takes effect or after. `methods` narrows all but `slack_down`.
    """

    slack_down: bool = False
    slack_429: int = 0
    hang: float = 0.0
    close: Literal["", "before", "after"] = ""
    methods: list[str] | None = None

    def concerns(self, method: str) -> bool:
        return self.methods is None or method in self.methods

    def set(
        self,
        fault: FaultId,
        on: bool,
        *,
        seconds: float | None,
        when: Literal["before", "after"],
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
