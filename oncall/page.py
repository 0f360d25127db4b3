"""What a page is, and the port through which it leaves.

A pager (`bot/pagers/`) contains only its payload and its vendor's peculiarities. It decides nothing: whom to page, when, and
whether again is the business of the ladder and of the deliveries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from oncall.headline import Headline
from oncall.values import dataclass, field

DESCRIPTION = "description"
"""The detail that is a text of its own, not a value shown beside its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One call for one person (or the team) by one transport, with everything a transport may want to say."""

    key: str
    """Stable per incident, level, person and transport, so that a vendor can de-duplicate by it."""
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
    """How many alerts the incident has by now."""
    headline: Headline | None = None
    """What is wrong, how bad it is and since when; `line` gives one even if this is `None`."""
    url: str = ""
    """The link to the incident's card, once it is posted."""
    together: tuple[str, ...] = ()
    """Everybody whom this one message names, by email; empty if it names only `person`."""
    stage: str = ""
    """The step of the ladder that this page belongs to: `Level 2, round 2`."""
    waiting: timedelta | None = None
    """How long nobody has had the incident; `None` if somebody has it."""
    unanswered: timedelta | None = None
    """The same once the response time has passed: then `respond_by` is no promise any more."""
    raised: str = ""
    """Why it pages again although nobody reopened it: what raised its severity, or that a time or a snooze has run out."""
    called_at: datetime | None = None
    """When this call was made: the page cannot have left earlier."""
    possible_repeat: bool = False
    """Whether it may have been sent before, because a process died or an answer never came. The pager looks, or says so in the
    page."""

    @property
    def line(self) -> Headline:
        """The headline as things stand now; without one it is made of the title, which is as old as the first alert."""
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
    """What the transport said when it took the page. Taken is not read: only an acknowledgement is success."""

    id: str
    detail: str = ""
    possible_repeat: bool | None = None
    """Whether this may be a second copy; `None` if the transport cannot tell better than its caller."""


class Pager(Protocol):
    """A way to reach a person."""

    name: str
    """The word used in `escalation.yml` and on the timeline: `slack`, `pagerduty`, `email`."""

    async def send(self, page: Page) -> Receipt:
        """Hand the page over. Raises `DeliveryError`."""
        ...


@runtime_checkable
class Bundling(Protocol):
    """A pager that can put several pages for one person into one message, for times when the vendor takes no more single ones."""

    async def send_together(self, several: Sequence[Page]) -> Receipt:
        """Hand all of them over, or none. Raises `DeliveryError`."""
        ...


class DeliveryError(Exception):
    """A delivery did not happen. `temporary` ones are tried again, after `retry_after` if the vendor named a time.

    `maybe`: it was sent and no answer came, so it may have arrived all the same, and another try may repeat it. `limited`: the
    other side works and only asks for a slower pace.
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
    """The delivery is impossible until somebody has mended something else: a token, a switch, a channel's permissions.

    The fault is not in what is to be delivered, so it is kept and tried slowly, and never given up for this.
    """

    def __init__(self, reason: str, *, maybe: bool = False) -> None:
        super().__init__(reason, temporary=True, maybe=maybe)
