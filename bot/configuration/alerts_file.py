"""`alerts.yml`: the rules, in the document's own alert shape plus what the bot adds, and the patterns for channel posts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from bot.alerts import Grade, Heartbeat, Rule
from bot.configuration.document import Document
from bot.configuration.fields import LongSpan, Patterns, Refusal, Severity, Shape, Span, Text, Url, as_list, matching
from bot.configuration.model import Alerts
from bot.configuration.shapes import checked
from bot.configuration.windows_file import Line
from bot.inhibition import InhibitRule
from bot.sources.mapped import FIELDS, Sender, expression
from bot.wording import wording_of

NO_RUNBOOK = "none"
"""What `runbook_id` says if there is no procedure on purpose, so that nobody takes it for forgotten."""

Name = Annotated[
    str, BeforeValidator(matching(r"[A-Za-z_][\w:.-]{0,99}", "is not a valid alert name; use letters, digits and _"))
]
SenderName = Annotated[
    str,
    BeforeValidator(
        matching(r"[a-z0-9][a-z0-9_-]{0,49}", "is not a valid sender name; use small letters, digits, - and _")
    ),
]


def _path(value: object) -> object:
    if isinstance(value, str):
        try:
            expression(value)
        except ValueError as error:
            raise Refusal(f"is no JMESPath expression: {error}") from None
    return value


Path = Annotated[Text, BeforeValidator(_path)]


class GradeShape(Shape):
    severity: Severity
    above: float | None = Field(default=None, allow_inf_nan=False)
    below: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def one_bound(self) -> GradeShape:
        if (self.above is None) == (self.below is None):
            raise Refusal("a grade has either `above` or `below`")
        return self


class GroupShape(Shape):
    key: Name | None = None
    labels: list[Text] = Field(default_factory=list)


class InhibitShape(Shape):
    source_matchers: Annotated[list[Line], BeforeValidator(as_list)] = Field(min_length=1)
    target_matchers: Annotated[list[Line], BeforeValidator(as_list)] = Field(min_length=1)
    equal: list[Text] = Field(default_factory=list)


class RuleShape(Shape):
    alert: Name
    query: Text = ""
    hold: Span | None = Field(default=None, alias="for")
    severity: Severity | None = None
    message: Text = ""
    runbook: Url = ""
    runbook_id: Text | None = None
    respond_within: LongSpan | None = None
    title: Text = ""
    threshold: Text = ""
    unit: Text = ""
    grades: list[GradeShape] = Field(default_factory=list)
    patterns: Patterns = Field(default_factory=list)
    ours: bool = False
    evaluate: Literal["bot", "others"] | None = None
    group: GroupShape | None = None
    flap_window: Span | None = None


class SenderShape(Shape):
    """JMESPath expressions: where the alerts stand in a post, when one is over, and what its fields are."""

    each: Path | None = None
    resolved: Path | None = None
    summary: Path
    status: Path | None = None
    severity: Path | None = None
    dedup_key: Path | None = None
    rule: Path | None = None
    value: Path | None = None
    description: Path | None = None
    labels: Path | None = None
    links: Path | None = None
    runbook_url: Path | None = None
    starts_at: Path | None = None

    @model_validator(mode="after")
    def over_once(self) -> SenderShape:
        if self.resolved is not None and self.status is not None:
            raise Refusal("a sender has either `status`, its word, or `resolved`, which is true where an alert is over")
        return self


class HeartbeatShape(Shape):
    within: LongSpan
    severity: Severity = "P1"


class AlertsShape(Shape):
    rules: list[RuleShape] = Field(min_length=1)
    inhibit_rules: list[InhibitShape] = Field(default_factory=list)
    patterns: Patterns = Field(default_factory=list)
    senders: dict[SenderName, SenderShape] = Field(default_factory=dict)
    heartbeats: dict[Name, HeartbeatShape] = Field(default_factory=dict)


def read_alerts(document: Document) -> Alerts | None:
    """The rules and patterns; `None` if the file has a fault of its own."""
    shape = checked(AlertsShape, document, document.data)
    if shape is None:
        return None
    names: set[str] = set()
    for index, each in enumerate(shape.rules):
        if each.alert in names:
            document.fault(("rules", index, "alert"), f"there is another rule “{each.alert}” above")
        names.add(each.alert)
        if each.grades and each.severity is None:
            document.fault(("rules", index, "grades"), "grades sharpen a `severity`; write that too")
    return Alerts(
        rules=tuple(_rule(each) for each in shape.rules),
        inhibit_rules=tuple(map(_inhibit, shape.inhibit_rules)),
        patterns=tuple(shape.patterns),
        senders={name: _sender(name, each) for name, each in shape.senders.items()},
        heartbeats={name: Heartbeat(name, each.within, each.severity) for name, each in shape.heartbeats.items()},
    )


def _sender(name: str, shape: SenderShape) -> Sender:
    written = {field: text for field in FIELDS if (text := getattr(shape, field)) is not None}
    return Sender(
        name,
        {field: expression(text) for field, text in written.items()},
        expression(shape.each) if shape.each else None,
        expression(shape.resolved) if shape.resolved else None,
    )


def _inhibit(shape: InhibitShape) -> InhibitRule:
    source, target = (
        tuple(each for line in lines for each in line) for lines in (shape.source_matchers, shape.target_matchers)
    )
    return InhibitRule(source, target, tuple(shape.equal))


def _rule(shape: RuleShape) -> Rule:
    return Rule(
        name=shape.alert,
        severity=shape.severity,
        grades=tuple(Grade(severity=each.severity, above=each.above, below=each.below) for each in shape.grades),
        query=shape.query,
        hold=shape.hold,
        message=shape.message,
        runbook_url=shape.runbook,
        runbook=None if shape.runbook_id == NO_RUNBOOK else shape.runbook_id,
        respond_within=shape.respond_within,
        title=shape.title,
        threshold=shape.threshold,
        unit=shape.unit,
        patterns=tuple(shape.patterns),
        wording=wording_of(shape.message),
        ours=shape.ours,
        evaluate=shape.evaluate,
        group_key=(shape.group.key or "") if shape.group else "",
        group_by=tuple(shape.group.labels) if shape.group else (),
        flap_window=shape.flap_window,
    )
