"""What a use case may know besides the database: the configuration in force and which transports are set up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Connection

from bot.accounts import Account, account_of, address, doubt_about
from bot.alerts import Rule, Severity
from bot.configuration import Config
from bot.configuration.model import Transport
from bot.configuration.reach import reach_for, ways_of
from bot.events import name_in_pagerduty
from bot.ground.metrics import Metrics
from bot.ground.redaction import Mask
from bot.incidents import Incident
from bot.runbooks.model import Runbook
from bot.runbooks.paper import on_paper
from bot.store import Tx, cover, people
from bot.store.silences import Book
from oncall.policy import NOT_IN_A_DRILL, Ladder, rehearsed
from oncall.reach import Reach
from oncall.rota import Duty, Override
from oncall.schedule import duty
from oncall.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Context:
    """The configuration as it stands at the moment of the use case."""

    config: Config
    transports: frozenset[str]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What runbook steps may fill in: base URLs, and the admin API's token (never shown)."""
    addresses: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables that hold addresses and keys of the transports that bot.yml names."""
    metrics: Metrics = field(default_factory=Metrics, repr=False, compare=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What of the environment nobody may read."""
    silences: Book = field(default_factory=Book, repr=False, compare=False)
    """Those that may hold something, as they were read last."""
    papers: dict[tuple[str, bool], str] = field(init=False, default_factory=dict, repr=False, compare=False)
    """The procedures of this configuration as text, once put together: each page carries one."""
    mask: Mask = field(init=False, repr=False, compare=False)
    """What every text passes that others wrote, before it leaves or is kept."""

    def __post_init__(self) -> None:
        keys = (person.pagerduty_routing_key for person in self.config.bot.people.values())
        mask = Mask().also([*self.secrets, *(key for key in keys if key)], self.config.bot.mask)
        object.__setattr__(self, "mask", mask)

    @property
    def prometheus(self) -> str:
        """Where the queries of rules are asked, if not of the bot's own samples."""
        return self.variables.get("PROMETHEUS_URL", "")

    def count(self, tx: Tx, what: Callable[[Metrics], None]) -> None:
        """Change a number once the use case is on disk; what was rolled back never happened."""
        tx.after.counts.append(lambda: what(self.metrics))

    def rule(self, name: str | None) -> Rule | None:
        return next((rule for rule in (*self.config.rules, *self.config.derived) if rule.name == name), None)

    def flap_window(self, rule: str | None) -> timedelta:
        """Within which time after its end a new episode is the same trouble."""
        named = self.rule(rule)
        own = named.flap_window if named is not None else None
        return self.config.bot.flap_window if own is None else own

    def ladder(self, severity: Severity) -> Ladder:
        return self.config.policies.ladders[severity]

    def runbook(self, rule: str | None, attached: str | None) -> str | None:
        """What belongs to an incident of this rule at present; where the rule names none, what was attached stays."""
        named = self.rule(rule)
        return (named.runbook if named else None) or attached

    def on_paper(self, procedure: Runbook, *, drill: bool) -> str:
        """A procedure for whoever has no buttons."""
        key = (procedure.id, drill)
        if key not in self.papers:
            self.papers[key] = self.mask(on_paper(procedure, None if drill else self.variables))
        return self.papers[key]

    def response(self, rule: str | None, runbook: str | None, severity: Severity) -> timedelta | None:
        """How soon somebody has to answer: the rule's word, else its runbook's, else the level's."""
        named = self.rule(rule)
        if named is not None and named.respond_within is not None:
            return named.respond_within
        procedure = self.config.runbooks.get(runbook or "")
        if procedure is not None and procedure.respond_within is not None:
            return procedure.respond_within
        return self.config.policies.response.get(severity)

    def reach(self, severity: str) -> Callable[[str | None], Reach]:
        """What can reach whom at a severity, and what they want used."""
        return reach_for(self.config.bot, severity, self.transports, self.addresses)

    def reach_in(self, incident: Incident) -> Callable[[str | None], Reach]:
        """The same for an incident: what is practice does not leave by PagerDuty."""
        reach = self.reach(incident.severity)
        return (lambda person: reach(person).without(NOT_IN_A_DRILL)) if incident.drill else reach

    def ladder_of(self, incident: Incident, severity: Severity) -> Ladder:
        """What it climbs once it is as grave as that: in a drill, along those who take part."""
        ladder = self.ladder(severity)
        return rehearsed(ladder, incident.ladder.among or ()) if incident.drill else ladder

    @property
    def ways(self) -> frozenset[str]:
        """Every transport that can reach anybody."""
        return ways_of(self.config.bot, self.transports, self.addresses)

    def named(self, transport: str) -> Transport | None:
        """The transport that bot.yml names so; nothing for Slack, PagerDuty and email."""
        return self.config.bot.transports.get(transport)

    def duty(self, tx: Tx) -> Callable[[str], Duty]:
        """Who fills a role now, overrides made in Slack included."""
        return lambda role: self._duty(tx, role)

    def _duty(self, tx: Tx, role: str) -> Duty:
        if role not in tx.kept:
            tx.kept[role] = duty(self.config.schedule, role, tx.at, overrides(tx.conn))
        found: Duty = tx.kept[role]
        return found

    def account(self, tx: Tx, user_id: str) -> Account:
        """Who a Slack account is, from the stored copy of the workspace's list."""
        member = people.by_id(tx.conn, user_id)
        same = people.by_email(tx.conn, member.email) if member is not None and member.email else []
        return account_of(user_id, member, self.config.bot.people, same)

    def slack_id(self, tx: Tx, email: str) -> str | None:
        """A person's Slack account: the one named in bot.yml, else the one with their email, if there is no doubt about it."""
        person = self.config.bot.people.get(email)
        return address(person, people.by_email(tx.conn, email)) if person is not None else None

    def doubt(self, tx: Tx, email: str) -> str:
        """Why nobody's account is this person's though some carry the address, and what to do; empty where there is no doubt."""
        person = self.config.bot.people.get(email)
        return doubt_about(person, people.by_email(tx.conn, email)) if person is not None else ""

    def name(self, actor: str | None) -> str:
        """How a person is called; anybody else is called what they are."""
        person = self.config.bot.people.get(actor or "")
        return person.name if person else name_in_pagerduty(actor or "") or actor or "nobody"

    def called(self, tx: Tx, actor: str) -> str:
        """The same, with the names of Slack's list for those who are not in bot.yml."""
        member = people.by_id(tx.conn, actor.removeprefix("slack:")) if actor.startswith("slack:") else None
        return member.name if member else self.name(actor)


def overrides(conn: Connection) -> tuple[Override, ...]:
    return tuple(cover.overrides(conn))
