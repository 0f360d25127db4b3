"""`bot.yml`: the service, its people, what may be reached and called, and who may do what."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, get_args

from pydantic import BeforeValidator, Field

from bot.alerts import Meaning
from bot.configuration.document import Document, quoted
from bot.configuration.fields import (
    Channel,
    Days,
    Email,
    Host,
    LongSpan,
    Patterns,
    Refusal,
    Severity,
    Shape,
    Span,
    SpanOrOff,
    Text,
    TimeOfDay,
    Zone,
    matching,
)
from bot.configuration.model import NO_EVENTS, BotConfig, TeamMention, Tracker, Updates
from bot.configuration.shapes import checked
from bot.configuration.steps import CommandsShape, LogName
from bot.configuration.transports import (
    Scheme,
    StartShape,
    TransportName,
    TransportShape,
    Variable,
    check_person,
    check_ways,
)
from bot.events import Kind
from bot.permissions import Action, Standing
from oncall.targets import Person
from oncall.words import did_you_mean

SlackId = Annotated[
    str, BeforeValidator(matching(r"[UW][A-Z0-9]{6,20}", "is no Slack member id; it looks like U0123ABCD"))
]
UserGroup = Annotated[
    str,
    BeforeValidator(
        matching(
            r"S[A-Z0-9]{6,20}",
            "is not the id of a Slack user group; it looks like S0123ABCD (Copy group ID in its ⋮ menu)",
        )
    ),
]


def _kept(value: object) -> str:
    """A name under `retention`: a kind of event, `events` for all others, or something that is no event."""
    kinds = ("events", *NO_EVENTS, *get_args(Kind))
    if value not in kinds:
        guess = did_you_mean(str(value), kinds)
        raise Refusal(
            f"{quoted(value)} is nothing that is kept{guess}; it is events, {', '.join(NO_EVENTS)} or a kind of event"
        )
    return str(value)


Kept = Annotated[str, BeforeValidator(_kept)]
RoutingKey = Annotated[
    str,
    BeforeValidator(
        matching(r"[A-Za-z0-9]{32}", "32 letters and digits are expected, as PagerDuty shows them", secret=True)
    ),
]
PagerDutyId = Annotated[
    str,
    BeforeValidator(
        matching(r"[A-Z0-9]{7,14}", "is not the id of a PagerDuty user; it stands at the end of their page’s URL")
    ),
]


class PersonShape(Shape):
    name: Text
    slack: SlackId | None = None
    pagerduty_routing_key: RoutingKey | None = None
    pagerduty_id: PagerDutyId | None = None
    email_to: Email | None = None
    timezone: Zone | None = None
    addresses: dict[TransportName, Variable] = Field(default_factory=dict)
    transports: dict[Severity, list[StartShape]] = Field(default_factory=dict)

    def value(self, email: str) -> Person:
        return Person(
            email,
            self.name,
            self.slack,
            self.pagerduty_routing_key,
            self.pagerduty_id,
            self.email_to,
            timezone=self.timezone,
            addresses=self.addresses,
            transports={severity: tuple(starts) for severity, starts in self.transports.items()},
        )


class UpdatesShape(Shape):
    every: SpanOrOff = timedelta(minutes=30)
    channel: Channel | None = None
    email: Email | None = None

    def value(self) -> Updates:
        return Updates(self.every, self.channel or "", self.email or "")


class TrackerShape(Shape):
    """Signed like a webhook that pages."""

    url: Variable
    secret: Variable


class BotShape(Shape):
    service: Annotated[
        str,
        BeforeValidator(
            matching(r"[a-z0-9][a-z0-9_-]{0,49}", "must be lower case letters, digits, - and _, at most 50")
        ),
    ]
    channel: Channel
    team_email: Email
    people: dict[Email, PersonShape] = Field(min_length=1)
    last_resort: list[Email] = Field(min_length=1)
    user_group: UserGroup | None = None
    mention_team: TeamMention | None = None
    keep_topic: bool = False
    pagerduty_service: Text = ""
    transports: dict[TransportName, TransportShape] = Field(default_factory=dict)
    apprise_schemes: list[Scheme] = Field(default_factory=list)
    hosts: list[Host] = Field(default_factory=list)
    confirmation_expires: LongSpan = timedelta(minutes=5)
    flap_window: Span = timedelta(minutes=10)
    preflight: TimeOfDay = time(8, 0)
    reminders: TimeOfDay = time(10, 0)
    updates: UpdatesShape = Field(default_factory=UpdatesShape)
    tracker: TrackerShape | None = None
    logs: dict[LogName, Text] = Field(default_factory=dict)
    commands: CommandsShape | None = None
    permissions: dict[Action, Standing] = Field(default_factory=dict)
    severities: dict[Text, Meaning] = Field(default_factory=dict)
    ignore: list[Text] = Field(default_factory=list)
    mask: Patterns = Field(default_factory=list)
    retention: dict[Kept, Days] = Field(default_factory=dict)


def read_bot(document: Document) -> BotConfig | None:
    """The values of `bot.yml`; `None` if its shape has a fault. Every other fault is reported to the document."""
    shape = checked(BotShape, document, document.data)
    if shape is None:
        return None
    people = {email: each.value(email) for email, each in shape.people.items()}
    mentioned = shape.mention_team or ("group" if shape.user_group else "people")
    _check(document, shape, people, mentioned)
    return _values(shape, people, mentioned)


def _check(document: Document, shape: BotShape, people: dict[str, Person], mentioned: TeamMention) -> None:
    check_ways(document, shape.transports, shape.apprise_schemes)
    for person in people.values():
        check_person(document, person, shape.transports)
    _names_people(document, shape.last_resort, people)
    _each_once(document, shape)
    if mentioned == "group" and not shape.user_group:
        document.fault(("mention_team",), "“group” needs `user_group`, the id of a Slack user group")


def _values(shape: BotShape, people: dict[str, Person], mentioned: TeamMention) -> BotConfig:
    return BotConfig(
        service=shape.service,
        channel=shape.channel,
        people=people,
        team_email=shape.team_email,
        transports={name: way.value(name) for name, way in shape.transports.items()},
        apprise_schemes=frozenset(shape.apprise_schemes),
        hosts=tuple(shape.hosts),
        last_resort=tuple(dict.fromkeys(shape.last_resort)),
        user_group=shape.user_group if mentioned == "group" else None,
        mention_team=mentioned,
        oncall_group=shape.user_group,
        keep_topic=shape.keep_topic,
        pagerduty_service=shape.pagerduty_service,
        confirmation_expires=shape.confirmation_expires,
        flap_window=shape.flap_window,
        preflight=shape.preflight,
        reminders=shape.reminders,
        updates=shape.updates.value(),
        tracker=Tracker(shape.tracker.url, shape.tracker.secret) if shape.tracker else None,
        logs=shape.logs,
        commands=shape.commands.value() if shape.commands else None,
        mask=tuple(shape.mask),
        retention={str(kind): span for kind, span in shape.retention.items()},
        permissions={str(action): str(standing) for action, standing in shape.permissions.items()},
        severities={word.lower(): meaning for word, meaning in shape.severities.items()},
        ignored=frozenset(shape.ignore),
    )


def _names_people(document: Document, named: list[str], people: dict[str, Person]) -> None:
    for index, email in enumerate(named):
        if email not in people:
            document.fault(("last_resort", index), f"{email} is not in `people`{did_you_mean(email, people)}")


def _each_once(document: Document, shape: BotShape) -> None:
    """Nobody is listed twice, or they would be paged twice: emails must differ by more than case, and Slack ids must differ."""
    emails: dict[str, str] = {}
    for email in shape.people:
        first = emails.setdefault(email.lower(), email)
        if first != email:
            document.fault_at_key(("people", email), f"{email} is the same address as {first}; keep one")
    ids: dict[str, str] = {}
    for email, person in shape.people.items():
        if person.slack and ids.setdefault(person.slack, email) != email:
            document.fault(("people", email, "slack"), f"{person.slack} is {ids[person.slack]}’s Slack id already")
