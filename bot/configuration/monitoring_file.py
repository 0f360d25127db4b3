"""`monitoring.yml`: which figures there are, where each is read, and where it becomes worrying.

It refuses an endpoint that is not a path under OPENVINE_API_URL (the token is sent there and nowhere else), and a threshold for a
metric that nothing measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from bot.configuration.document import Document, quoted
from bot.configuration.fields import LongSpan, Refusal, Severity, Shape, Span, Text, matching
from bot.configuration.shapes import checked
from bot.runbooks.paths import parts
from bot.runbooks.urls import url_trouble
from bot.watch.levels import KINDS
from bot.watch.model import DEFAULT_HOLD, Concern, Criterion, How, Monitoring, Sample, Threshold
from oncall.words import did_you_mean

PERCENT = "%"

_endpoint_form = matching(
    r"/[^\s#\\]*", "is not a path under OPENVINE_API_URL; it begins with /, as in /debug/video-manager"
)


def _endpoint(value: object) -> str:
    text = _endpoint_form(value)
    if ".." in text or url_trouble("${OPENVINE_API_URL}" + text):
        raise Refusal(f"{quoted(text)} is not a plain path; write it without variables and “..”, in ASCII")
    return text


def _path(value: object) -> str:
    if not isinstance(value, str) or parts(value) is None:
        raise Refusal(f"{quoted(value)} is not a path into an answer; write it like metrics.rate or videos[0].id")
    return value


Metric = Annotated[
    str, BeforeValidator(matching(r"[A-Za-z_]\w{0,99}", "is not a valid metric name; use letters, digits and _"))
]
Figure = Annotated[float, Field(allow_inf_nan=False)]


Endpoint = Annotated[str, BeforeValidator(_endpoint)]
JsonPath = Annotated[str, BeforeValidator(_path)]


class SampleShape(Shape):
    endpoint: Endpoint
    path: JsonPath
    unit: Annotated[str, BeforeValidator(matching(r"\S{1,12}", "is not a unit; write MB, ms, % or the like"))] = ""
    read: How | None = None
    called: Metric | None = None

    @model_validator(mode="after")
    def one_unit(self) -> SampleShape:
        if self.read in ("percent", "ratio") and self.unit not in ("", PERCENT):
            raise Refusal(f"what is read as a {self.read} comes out in %; leave `unit` out")
        return self


class SeverityShape(Shape):
    warning: Severity = "P2"
    critical: Severity = "P1"


class ThresholdShape(Shape):
    warning: Figure
    critical: Figure
    severity: SeverityShape = Field(default_factory=SeverityShape)
    rule: Text | None = None

    @model_validator(mode="after")
    def a_direction(self) -> ThresholdShape:
        if self.warning == self.critical:
            raise Refusal("`warning` and `critical` are the same figure, so nothing says whether more or less is worse")
        if self.severity.warning < self.severity.critical:
            raise Refusal("`severity`: a warning is graver than what is critical")
        return self


class LevelShape(Shape):
    metric: Metric
    severity: Severity
    hold: Span = Field(default=DEFAULT_HOLD, alias="for")
    above: Figure | None = None
    below: Figure | None = None
    above_usual: Figure | None = None
    worse_by: Figure | None = None
    rising_for: LongSpan | None = None
    good_when: Literal["low", "high"] | None = None
    only_while: Metric | None = None
    rule: Text | None = None

    @model_validator(mode="after")
    def one_condition(self) -> LevelShape:
        if sum(getattr(self, name) is not None for name in KINDS) != 1:
            raise Refusal(f"has to have one of {', '.join(KINDS)}")
        if self.worse_by is not None and self.worse_by <= 0:
            raise Refusal("`worse_by` is so many percent, and more than 0")
        return self


class MonitoringShape(Shape):
    samples: dict[Metric, SampleShape] = Field(min_length=1)
    thresholds: dict[Metric, ThresholdShape] = Field(default_factory=dict)
    levels: list[LevelShape] = Field(default_factory=list)


def read_monitoring(document: Document) -> Monitoring | None:
    """The samples and thresholds; `None` if the file has a fault of its own."""
    shape = checked(MonitoringShape, document, document.data)
    if shape is None:
        return None
    for metric in shape.thresholds:
        if metric not in shape.samples:
            document.fault_at_key(("thresholds", metric), _unmeasured(metric, shape))
    for index, each in enumerate(shape.levels):
        for key, named in (("metric", each.metric), ("only_while", each.only_while)):
            if named is not None and named not in shape.samples:
                document.fault(("levels", index, key), _unmeasured(named, shape))
    if document.faults:
        return None
    return Monitoring(
        samples={name: sample_of(name, each) for name, each in shape.samples.items()},
        thresholds={metric: _threshold(metric, each) for metric, each in shape.thresholds.items()},
        levels=tuple(_level(each, shape.thresholds) for each in shape.levels),
    )


def _unmeasured(metric: str, shape: MonitoringShape) -> str:
    known = did_you_mean(metric, shape.samples) or f" (there are: {', '.join(shape.samples)})"
    return f"there is no sample {quoted(metric)}{known}"


def _level(shape: LevelShape, thresholds: Mapping[str, ThresholdShape]) -> Criterion:
    """A level; which direction is worse follows from the metric's threshold if the level does not say it."""
    limit = thresholds.get(shape.metric)
    falling = limit is not None and limit.critical < limit.warning
    good_when: Literal["low", "high"] = shape.good_when or ("high" if falling else "low")
    conditions = {name: getattr(shape, name) for name in KINDS}
    return Criterion(
        metric=shape.metric,
        severity=shape.severity,
        hold=shape.hold,
        good_when=good_when,
        only_while=shape.only_while,
        rule=shape.rule,
        **conditions,
    )


def sample_of(name: str, shape: SampleShape) -> Sample:
    """The sample of that name."""
    read = shape.read or ("percent" if shape.unit == PERCENT else "number")
    unit = PERCENT if read in ("percent", "ratio") else shape.unit
    called = shape.called or ""
    return Sample(name=name, endpoint=shape.endpoint, path=shape.path, unit=unit, read=read, called=called)


def _threshold(metric: str, shape: ThresholdShape) -> Threshold:
    severity: dict[Concern, Severity] = {"warning": shape.severity.warning, "critical": shape.severity.critical}
    return Threshold(metric=metric, warning=shape.warning, critical=shape.critical, severity=severity, rule=shape.rule)
