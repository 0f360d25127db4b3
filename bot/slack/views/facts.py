"""What the views need to know, as plain values. Whoever holds the store fills them in; no view looks anything up.

Texts are raw, as they came: views escape and clip. Times are aware UTC. What is known of a run stands in `run_facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.alerts import TopLabel
from bot.incidents import Incident
from oncall.headline import Headline
from oncall.page import Page
from oncall.values import dataclass, field

View = dict[str, Any]
"""A modal, as `views.open` takes it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one Slack message says. `text` is what notifications, screen readers and clients without blocks show."""

    text: str
    blocks: list[dict[str, Any]]
    native: list[dict[str, Any]] = field(default_factory=list)
    """The same content in blocks that not every workspace takes; empty where there is no such drawing."""

    @property
    def kinds(self) -> frozenset[str]:
        """The blocks of the native drawing that a workspace may not know."""
        return frozenset(block["type"] for block in self.native) - CLASSIC


CLASSIC = frozenset({"actions", "context", "divider", "header", "image", "section"})
"""What every workspace takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A person. `name` is shown, else `email`; `slack` (a user id) serves mentions."""

    email: str | None = None
    name: str = ""
    slack: str | None = None


PageState = Literal["later", "sending", "trying", "sent", "failed", "withdrawn"]
"""`trying`: it was refused for now, and is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """One person (or the team: `who=None`) called at one level, by all of its transports with the same outcome."""

    who: Who | None
    role: str
    via: tuple[str, ...]
    at: datetime
    state: PageState = "sent"
    detail: str = ""
    """Why it failed, in the transport's words."""
    sign: str = ""
    """What is known of it beyond that it was accepted: `answered`, `PagerDuty calls Bea`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Whom the ladder calls next if nobody answers."""

    at: datetime
    names: tuple[str, ...]
    """As they are to be read: `Bea (secondary)`, `everyone`, `the team`, `the last resort`."""
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookLine:
    """A runbook, and how far its run has come if there is one."""

    id: str
    title: str
    url: str = ""
    respond_within: timedelta | None = None
    progress: str = ""
    """`step 2 of 4: Analyse crash reports`; empty while no run is active."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One change that stands: `Rollout 25 → 0 %`."""

    id: int
    text: str
    can_be_undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Until when an incident keeps still, and in whose words: the clock of an acknowledgement, a snooze, or a silence."""

    until: datetime
    snooze: bool
    silence: bool = False
    by: Who | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """The last word to those who wait outside."""

    text: str
    who: Who | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """Everything the card of one incident shows."""

    incident: Incident
    at: datetime
    """The instant it is drawn at."""
    commander: Who | None = None
    resolved_by: Who | None = None
    unheard_since: datetime | None = None
    """Of one that silence closed: since when nothing was heard of it."""
    paged: tuple[Paged, ...] = ()
    """Newest last; the card shows the last few."""
    coming: Coming | None = None
    runbook: RunbookLine | None = None
    trouble: tuple[str, ...] = ()
    """Sentences about what went wrong with paging: nobody on call, a transport that is off."""
    runbook_url: str = ""
    """The alert's own link to a document; `incident.runbook_url` if empty."""
    labels: tuple[TopLabel, ...] = ()
    """What its alerts have in common."""
    description: str = ""
    """What the alert that opened it says at length."""
    left_out: int = 0
    """How many alerts of its groups their sender has cut off."""
    hold: Hold | None = None
    inhibited_by: Headline | None = None
    """The open incident that keeps it from calling."""
    related: tuple[tuple[str, Headline], ...] = ()
    """In what way, and which other incident."""
    keeps_quiet: tuple[Headline, ...] = ()
    """Those that it keeps from calling."""
    changed: tuple[Changed, ...] = ()
    """What runs have changed and nobody has taken back."""
    course: str = ""
    """How its figure goes by the bot's own samples, in a line."""
    paused: str = ""
    """Why it keeps still, where it is a drill that somebody, or a real incident, has paused."""
    update: Update | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Whom a page of the whole team calls: a user group, else these people, else whoever is active in the channel."""

    group: str = ""
    people: tuple[str, ...] = ()
    """Slack user ids."""

    @property
    def here(self) -> bool:
        return not (self.group or self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """One page on its way through Slack."""

    page: Page
    called: tuple[Who, ...] = ()
    """Its person; everybody whom a mention names."""
    team: Team = Team()
    """Instead, where it is the team's."""
    seen: int = 0
    """The last event of the incident when it was drawn: what its button carries."""
    card_url: str = ""
    """Permalink of the card in the channel."""
    declined_at: datetime | None = None
    """When its person said that they cannot."""
    called_again: bool = False
    """Whether a later direct message called the same person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Why a page no longer calls anybody."""

    state: Literal["acknowledged", "snoozed", "silenced", "inhibited", "mitigated", "resolved", "escalated"]
    at: datetime
    by: Who | None = None
    """`None`: by its alerts."""
    until: datetime | None = None
    """Until when it is snoozed, or whoever has it is on it."""
    snoozed_too: bool = False
    """Somebody has it, and it is snoozed besides."""
    unheard_since: datetime | None = None
    """Nobody said that it is over; since when nothing was heard of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLine:
    """One incident in a list."""

    incident: Incident
    commander: Who | None = None
    card_url: str = ""
    snoozed_too: bool = False
    """Somebody has it, and it is snoozed besides."""

    @property
    def state(self) -> str:
        """Its state in words."""
        return f"{self.incident.state} and snoozed" if self.snoozed_too else self.incident.stands


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyFacts:
    """Who fills a role, and between which instants."""

    role: str
    who: Who | None
    since: datetime | None
    until: datetime | None
    why: str = ""
    away_until: datetime | None = None
    """Until when they are away though nobody has taken it."""


@dataclass(frozen=True, slots=True)
class LoadFacts:
    """What somebody carried: pages, those at night among them, hours by role."""

    who: Who | None
    pages: int
    night_pages: int
    hours: Mapping[str, float]
