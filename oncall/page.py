"""What a page is, and the port through which one leaves.

A pager (`bot/pagers/`) says only its payload and its oddities. It refuses to decide: whom to page, when, and whether
again are the ladder's and the deliveries' business.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from oncall.headline import Headline
from oncall.values import dataclass, field

DESCRIPTION = "description"
"""The detail that is a text of its own, not a word beside its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One call for one person (or the team) by one transport, with everything a transport may want to say."""

    key: str
    """Stable per incident, level, person and transport; what a vendor may de-duplicate by."""
    incident: int
    service: str
    title: str
    severity: str
    state: str
    level: int
    role: str
    person: str | None
    """The person's email, which is also their name in every file; `None` for the team."""
    text: str
    """Why this person is paged, one plain line."""
    opened_at: datetime
    respond_by: datetime | None
    action: str = "trigger"
    """`trigger`, `acknowledge` or `resolve`: what a stateful transport (PagerDuty) is asked to do."""
    address: str | None = None
    """Where this transport reaches the person: a Slack user id, an email, a routing key. Resolved when the page leaves."""
    details: dict[str, str] = field(default_factory=dict)
    """Labels worth carrying: rule, value, threshold, runbook steps."""
    links: tuple[tuple[str, str], ...] = ()
    """(text, https URL) pairs."""
    alerts: int = 1
    """How many alerts the incident holds by now."""
    headline: Headline | None = None
    """What is wrong, how bad, since when; `line` has one in any case."""
    url: str = ""
    """Where the incident's card stands, once it does."""
    together: tuple[str, ...] = ()
    """Everybody whom this one message names, by email; without them its person alone."""
    stage: str = ""
    """Which step of the ladder it is, and what is to be said of it: `Level 2, round 2`."""
    waiting: timedelta | None = None
    """How long nobody has had it, while nobody has."""
    unanswered: timedelta | None = None
    """The same once the response time has gone by: `respond_by` is no promise then."""
    raised: str = ""
    """Why it calls again, where nobody reopened it: what raised its severity, or that a clock or a snooze has run out."""
    called_at: datetime | None = None
    """When this call was made: it can have left no earlier."""
    possible_repeat: bool = False
    """It may have been sent before: a process died, or an answer never came. Look, or say so."""

    @property
    def line(self) -> Headline:
        """What is wrong by now: a title is as old as the first alert."""
        return self.headline or Headline(
            number=self.incident,
            severity=self.severity,
            what=self.title,
            alerts=self.alerts,
            since=self.opened_at,
            at=self.opened_at,
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the transport said when it took the page. Taking is not reading: only an acknowledgement is success."""

    id: str
    detail: str = ""
    possible_repeat: bool | None = None
    """Whether what was taken may be a second copy; `None`: the transport cannot tell better than whoever asked it."""


class Pager(Protocol):
    """A way to reach a person."""

    name: str
    """The word used in `escalation.yml` and on the timeline: `slack`, `pagerduty`, `email`."""

    async def send(self, page: Page) -> Receipt:
        """Hand the page over. Raises `DeliveryError`."""
        ...


@runtime_checkable
class Bundling(Protocol):
    """A pager that can say several pages of one person in one message, for when the vendor takes no more of them."""

    async def send_together(self, several: Sequence[Page]) -> Receipt:
        """Hand them over, all or none. Raises `DeliveryError`."""
        ...


class DeliveryError(Exception):
    """A delivery did not happen. `temporary` ones are tried again, after `retry_after` if the vendor named a time.

    `maybe`: it left and no answer came, so it may have arrived all the same; another try is a possible repeat.
    `limited`: the other side works and only asks to slow down.
    """

    def __init__(
        self,
        reason: str,
        *,
        temporary: bool,
        retry_after: timedelta | None = None,
        maybe: bool = False,
        limited: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.temporary = temporary
        self.retry_after = retry_after
        self.maybe = maybe
        self.limited = limited


class Stuck(DeliveryError):
    """It cannot happen until somebody has mended something beside it: a token, a switch, a channel's permissions.

    That says nothing against what is to be delivered: it is kept and tried slowly, and never given up for it.
    """

    def __init__(self, reason: str, *, maybe: bool = False) -> None:
        super().__init__(reason, temporary=True, maybe=maybe)
