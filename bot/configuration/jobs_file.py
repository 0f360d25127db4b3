"""`jobs` of `maintenance.yml`: which reports are made at which local time, and what each looks at."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.configuration.document import Document, Path, quoted
from bot.configuration.fields import Clock, Handoff, Refusal, Shape, Text, clock_of
from bot.configuration.monitoring_file import Endpoint, JsonPath, SampleShape, sample_of
from bot.reports.plan import DailyPlan, ExperimentsPlan, LogsPlan, MonthlyPlan, Plan, Source, WeeklyPlan
from bot.runbooks.fields import Fields
from bot.runbooks.logs import KEYS, LogQuery, read_query
from bot.watch.model import Sample

_MONTHLY = re.compile(r"(\d{1,2}) +(\S+)", re.ASCII)


def _monthly(value: object) -> tuple[int, time]:
    """`1 09:20`: the day of the month and the time."""
    found = _MONTHLY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or not 1 <= int(found[1]) <= 31:
        raise Refusal(
            f"{quoted(value)} is not a monthly time; write it like “1 09:20”: the day of the month, then the time"
        )
    return int(found[1]), clock_of(found[2])


class SourceShape(Shape):
    endpoint: Endpoint
    path: JsonPath


class DailyShape(Shape):
    at: Clock
    figures: dict[Text, SampleShape] = Field(default_factory=dict)


class LogsShape(Shape):
    at: Clock
    ask: list[dict[str, Any]] = Field(min_length=1)


class WeeklyShape(Shape):
    at: Handoff
    mail: bool = True
    figures: dict[Text, SampleShape] = Field(default_factory=dict)
    errors: SourceShape | None = None


class ExperimentsShape(Shape):
    at: Handoff
    endpoint: Endpoint
    runbook: Text | None = None


class MonthlyShape(Shape):
    at: Annotated[tuple[int, time], BeforeValidator(_monthly), WithJsonSchema({"type": "string"})]
    parameters: SourceShape | None = None


class JobsShape(Shape):
    daily: DailyShape | None = None
    logs: LogsShape | None = None
    weekly: WeeklyShape | None = None
    experiments: ExperimentsShape | None = None
    monthly: MonthlyShape | None = None


def plan_of(document: Document, shape: JobsShape) -> Plan:
    """The plan; a question to a log that cannot be read is a fault of the document."""
    daily, logs, weekly, tests, monthly = shape.daily, shape.logs, shape.weekly, shape.experiments, shape.monthly
    return Plan(
        daily=DailyPlan(daily.at, _figures(daily)) if daily else None,
        logs=LogsPlan(logs.at, tuple(_question(document, at, each) for at, each in enumerate(logs.ask)))
        if logs
        else None,
        weekly=WeeklyPlan(*weekly.at, weekly.mail, _source(weekly.errors), _figures(weekly)) if weekly else None,
        experiments=ExperimentsPlan(*tests.at, Source(tests.endpoint), tests.runbook or "") if tests else None,
        monthly=MonthlyPlan(*monthly.at, _source(monthly.parameters)) if monthly else None,
    )


def _question(document: Document, place: int, data: dict[str, Any]) -> LogQuery:
    path: Path = ("jobs", "logs", "ask", place)
    fields = Fields(data, path, document.fault)
    fields.only(KEYS, "a question to a log")
    return read_query(fields)


def _figures(shape: DailyShape | WeeklyShape) -> dict[str, Sample]:
    return {name: sample_of(name, each) for name, each in shape.figures.items()}


def _source(shape: SourceShape | None) -> Source | None:
    return Source(shape.endpoint, shape.path) if shape else None
