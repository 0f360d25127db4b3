"""What the app answered, or how it failed to. The error codes are those that a person reads in Slack."""

from __future__ import annotations

from typing import Literal, Protocol

from bot.sandbox.slack.values import JSON
from oncall.values import dataclass, field

Sort = Literal["events_api", "slash_commands", "interactive"]


@dataclass(frozen=True, slots=True)
class Retry:
    """The number of this repeat of an event (from 1), and the reason for it."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ack:
    """`error` is `None` if the app acknowledged; `reason` gives it in the words of the retry headers."""

    payload: JSON = field(default_factory=dict)
    error: str | None = None
    reason: str = ""
    no_retry: bool = False


TIMED_OUT = Ack(error="operation_timeout", reason="http_timeout")
UNREACHABLE = Ack(error="dispatch_failed", reason="connection_failed")


class Line(Protocol):
    """One way to reach the app."""

    async def send(self, sort: Sort, payload: JSON, retry: Retry | None, timeout: float) -> Ack:  # noqa: ASYNC109 - a limit of Slack's
        """Hand over one payload and wait at most `timeout` real seconds for the answer. Never raises."""
        ...
