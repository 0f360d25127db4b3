"""What the files say, as values. Everything in them was checked: only `loader` makes a `Config`."""

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
"""The kind of a transport that bot.yml names; each kind is a file in `bot/pagers/`."""


NO_EVENTS = ("alerts", "outputs", "rota")
"""What `retention` knows besides the kinds of events."""


@dataclass(frozen=True, slots=True)
class Transport:
    """A transport that bot.yml names, besides Slack, PagerDuty and email."""

    name: str
    by: TransportKind
    url: str = ""
    """The variable that holds the address for everybody without one of their own."""
    secret: str = ""
    """The variable that holds the key with which a webhook is signed."""


@dataclass(frozen=True, slots=True)
class Updates:
    """How people outside the response hear of an incident."""

    every: timedelta | None = timedelta(minutes=30)
    """How often the person who leads an unmitigated P0 is asked for an update; `None` means never."""
    channel: str = ""
    """Where updates are posted as well: `#name`, or the channel's id."""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Tracker:
    """Where the team keeps its tasks; names of the variables that hold the address and the key."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotConfig:
    """The contents of `bot.yml`."""

    service: str
    channel: str
    """`#name`, or the channel's id."""
    people: dict[str, Person]
    """By email, in the order of the file."""
    team_email: str
    transports: dict[str, Transport] = field(default_factory=dict)
    """By name."""
    apprise_schemes: frozenset[str] = frozenset()
    """The schemes of URLs that may be handed to Apprise: `twilio`, `ntfys` …"""
    hosts: tuple[str, ...]
    """Where a runbook step may send requests, and nowhere else."""
    last_resort: tuple[str, ...]
    user_group: str | None = None
    """The id of the Slack user group that a page of the team mentions, if any."""
    oncall_group: str | None = None
    """The id of the user group that always contains exactly those on call."""
    keep_topic: bool = False
    """Whether the channel's topic says who is on call."""
    mention_team: TeamMention = "people"
    """Whom a page of the team mentions in the channel; everybody present, if none of the people has a known account."""
    pagerduty_service: str = ""
    """The name of the service in PagerDuty, for people to read."""
    confirmation_expires: timedelta
    flap_window: timedelta
    """A resolved incident whose alert fires again within this time is reopened."""
    preflight: time | None = time(8, 0)
    """When everything is tested each morning, in the schedule's zone; `None` means never."""
    reminders: time | None = time(10, 0)
    """When people are reminded of postmortems and action items, in the schedule's zone; `None` means never."""
    updates: Updates = field(default_factory=Updates)
    tracker: Tracker | None = None
    """Where action items are sent."""
    logs: dict[str, str] = field(default_factory=dict)
    """Files that a runbook step may search, by the name that it uses; relative to where the bot was started."""
    commands: Commands | None = None
    """What a runbook step may run; without it, nothing."""
    mask: tuple[Pattern[str], ...] = ()
    """What secrets look like here, besides the well known ones: masked in everything that vendors say."""
    retention: dict[str, timedelta] = field(default_factory=dict)
    """How long records are kept, by kind: `events` is every kind without a time of its own; what has no time is kept for good."""
    permissions: dict[str, str]
    """The standing that an action needs, if the file says so; see `bot.permissions`."""
    severities: dict[str, Meaning] = field(default_factory=dict)
    """What senders' words mean, in lower case; looked up before `bot.alerts.SEVERITY_WORDS`."""
    ignored: frozenset[str] = frozenset()
    """Names of alerts that are ignored."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The contents of `escalation.yml`, by severity; each severity has both."""

    ladders: dict[str, Ladder]
    response: dict[str, timedelta]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """The contents of `alerts.yml`."""

    rules: tuple[Rule, ...]
    inhibit_rules: tuple[InhibitRule, ...]
    """Which incidents page nobody while another is open."""
    patterns: tuple[Pattern[str], ...]
    """For other tools' posts in the channel, whatever the rule."""
    senders: Mapping[str, Sender] = field(default_factory=dict)
    """How the posts of other senders are read, by the sender's name."""
    heartbeats: Mapping[str, Heartbeat] = field(default_factory=dict)
    """Senders that have to report regularly that they are alive, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All files together, without a fault."""

    bot: BotConfig
    schedule: Schedule
    policies: Policies
    rules: tuple[Rule, ...]
    patterns: tuple[Pattern[str], ...]
    """What to look for in the channel, whatever the rule; each rule has words of its own besides."""
    runbooks: dict[str, Runbook]
    """By id."""
    senders: Mapping[str, Sender] = field(default_factory=dict)
    heartbeats: Mapping[str, Heartbeat] = field(default_factory=dict)
    monitoring: Monitoring | None = None
    """`monitoring.yml`; without it nothing can be measured."""
    reports: Plan = field(default_factory=Plan)
    """`jobs` of `maintenance.yml`."""
    inhibit_rules: tuple[InhibitRule, ...] = ()
    """From `alerts.yml`."""
    windows: tuple[Window, ...] = ()
    """`windows` of `maintenance.yml`."""
    postmortem: str = ""
    """The template of a postmortem."""
    drills: Mapping[str, Scenario] = field(default_factory=dict)
    """Every scenario that can be played, by id: those that come with the bot, and those of `drills/`."""
    derived: tuple[Rule, ...] = ()
    """Thresholds and levels, as rules."""
    notices: tuple[str, ...]
    """Worth saying although no fault: defaults in force, files that nobody reads."""
    digest: str
    """A hash of all files: two configurations with the same digest are the same."""
    files: dict[str, str]
    """The text of each file by its name in the folder; `load_texts` makes the same configuration of it."""

    @property
    def names(self) -> frozenset[str]:
        """Names of alerts that mean something besides the rules' names: heartbeats, and ignored ones."""
        return self.bot.ignored | self.heartbeats.keys()

    def catalogue(self) -> Catalogue:
        """What alerts are judged by."""
        rules = {rule.name: rule for rule in (*self.rules, *self.derived)}
        return Catalogue(rules, {**SEVERITY_WORDS, **self.bot.severities}, self.bot.ignored, self.heartbeats)
