"""What the files say, as values. Refuses to hold anything that was not checked: only `loader` makes a `Config`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from re import Pattern
from typing import Literal

from bot.alerts import SEVERITY_WORDS, Catalogue, Heartbeat, Meaning, Rule
from bot.drills.scenario import Scenario
from bot.inhibition import InhibitRule
from bot.reports.plan import Plan
from bot.runbooks.allowed import Commands
from bot.runbooks.model import Runbook
from bot.silences import Window
from bot.sources.mapped import Sender
from bot.watch.model import Monitoring
from oncall.policy import Ladder
from oncall.rota import Schedule
from oncall.targets import Person
from oncall.values import dataclass, field

TeamMention = Literal["group", "people", "here"]
TransportKind = Literal["apprise", "webhook"]
"""By what a transport that bot.yml names reaches people; each is a file in `bot/pagers/`."""


NO_EVENTS = ("alerts", "outputs", "rota")
"""What retention knows besides kinds of events."""


@dataclass(frozen=True, slots=True)
class Transport:
    """A transport that bot.yml names, beside Slack, PagerDuty and email."""

    name: str
    by: TransportKind
    url: str = ""
    """The variable that holds the address of whoever has none of their own."""
    secret: str = ""
    """The variable that holds the key by which a webhook is signed."""


@dataclass(frozen=True, slots=True)
class Updates:
    """How those who wait outside hear of an incident."""

    every: timedelta | None = timedelta(minutes=30)
    """How often whoever leads an unmitigated P0 is asked for a word; `None`: never."""
    channel: str = ""
    """Where updates are posted besides: `#name`, or the channel's id."""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Tracker:
    """Where the team keeps what has to be done; names of the variables that hold the address and the key."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotConfig:
    """`bot.yml`."""

    service: str
    channel: str
    """`#name`, or the channel's id."""
    people: dict[str, Person]
    """By email, in the order of the file."""
    team_email: str
    transports: dict[str, Transport] = field(default_factory=dict)
    """By name."""
    apprise_schemes: frozenset[str] = frozenset()
    """Beginnings of the URLs that may be handed to Apprise: `twilio`, `ntfys` …"""
    hosts: tuple[str, ...]
    """Where a runbook step may send a request; nowhere else."""
    last_resort: tuple[str, ...]
    user_group: str | None = None
    """The id of a Slack user group, where a page of the team mentions it."""
    oncall_group: str | None = None
    """The id of the user group that is kept equal to who is on call."""
    keep_topic: bool = False
    """Whether the channel's topic says who is on call."""
    mention_team: TeamMention = "people"
    """Whom a page of the team calls in the channel; whoever is there, where none of the people has a known account."""
    pagerduty_service: str = ""
    """What the service is called in PagerDuty; for people to read."""
    confirmation_expires: timedelta
    flap_window: timedelta
    """A resolved incident whose alert starts anew within this time is opened again."""
    preflight: time | None = time(8, 0)
    """When it is looked every morning whether everything works, by the schedule's zone; `None`: never."""
    reminders: time | None = time(10, 0)
    """When people are reminded of postmortems and action items, by the schedule's zone; `None`: never."""
    updates: Updates = field(default_factory=Updates)
    tracker: Tracker | None = None
    """Hears of action items."""
    logs: dict[str, str] = field(default_factory=dict)
    """Files that a runbook step may look through, by the name it calls them; relative to where the bot was started."""
    commands: Commands | None = None
    """What a runbook step may run; nothing without it."""
    mask: tuple[Pattern[str], ...] = ()
    """What secrets look like here, besides those that are well known: masked in whatever vendors say."""
    retention: dict[str, timedelta] = field(default_factory=dict)
    """How long what was written is kept, by kind: `events` is every kind that has no time of its own; nothing goes without one."""
    permissions: dict[str, str]
    """The standing an action needs, where the file says it; see `bot.permissions`."""
    severities: dict[str, Meaning] = field(default_factory=dict)
    """What words of senders mean, in lower case, before `bot.alerts.SEVERITY_WORDS`."""
    ignored: frozenset[str] = frozenset()
    """Names of alerts of which nothing is made."""


@dataclass(frozen=True, slots=True)
class Policies:
    """`escalation.yml`, by severity; there is one of each."""

    ladders: dict[str, Ladder]
    response: dict[str, timedelta]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """`alerts.yml`."""

    rules: tuple[Rule, ...]
    inhibit_rules: tuple[InhibitRule, ...]
    """What calls nobody while something else is open."""
    patterns: tuple[Pattern[str], ...]
    """For the posts of other tools in the channel, whatever the rule."""
    senders: Mapping[str, Sender] = field(default_factory=dict)
    """How the posts of other senders are read, by their name."""
    heartbeats: Mapping[str, Heartbeat] = field(default_factory=dict)
    """What has to say that it lives, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All files together, without a fault among them."""

    bot: BotConfig
    schedule: Schedule
    policies: Policies
    rules: tuple[Rule, ...]
    patterns: tuple[Pattern[str], ...]
    """What to look for in the channel, whatever the rule; the rules know their own words besides."""
    runbooks: dict[str, Runbook]
    """By id."""
    senders: Mapping[str, Sender] = field(default_factory=dict)
    heartbeats: Mapping[str, Heartbeat] = field(default_factory=dict)
    monitoring: Monitoring | None = None
    """`monitoring.yml`; without it nothing can be measured."""
    reports: Plan = field(default_factory=Plan)
    """`jobs` of `maintenance.yml`."""
    inhibit_rules: tuple[InhibitRule, ...] = ()
    """Of `alerts.yml`."""
    windows: tuple[Window, ...] = ()
    """`windows` of `maintenance.yml`."""
    postmortem: str = ""
    """The template of a postmortem."""
    drills: Mapping[str, Scenario] = field(default_factory=dict)
    """All that can be played, by id: those that come with the bot, and those of `drills/`."""
    derived: tuple[Rule, ...] = ()
    """Its thresholds and levels, as rules."""
    notices: tuple[str, ...]
    """No faults, but worth saying: defaults in force, files that nobody reads."""
    digest: str
    """A hash of all files: two configurations with the same digest are the same."""
    files: dict[str, str]
    """Name in the folder to text; `load_texts` makes the same configuration of it again."""

    @property
    def names(self) -> frozenset[str]:
        """Alertnames that mean something here besides the rules': heartbeats, and what is ignored."""
        return self.bot.ignored | self.heartbeats.keys()

    def catalogue(self) -> Catalogue:
        """What alerts are judged by."""
        rules = {rule.name: rule for rule in (*self.rules, *self.derived)}
        return Catalogue(rules, {**SEVERITY_WORDS, **self.bot.severities}, self.bot.ignored, self.heartbeats)
