"""`escalation.yml`: one ladder for each severity. Whether a ladder is sound is checked in `oncall.ladder_problems`."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.alerts import SEVERITIES
from bot.configuration.document import Document, Path, quoted
from bot.configuration.fields import LongSpan, Refusal, Shape, Span, Text, as_list, span_of
from bot.configuration.model import Policies
from bot.configuration.shapes import checked
from oncall.ladder_problems import ladder_problems
from oncall.policy import TRANSPORTS, Ladder, Level, RemindWith

_SHARE = re.compile(r"(\d{1,3})\s*%", re.ASCII)
_LEVEL = re.compile(r"level (\d+)", re.ASCII)


def _when(value: object) -> timedelta | float:
    """`5m`, or `50%` of the incident's response time."""
    text = value.strip() if isinstance(value, str) else ""
    share = _SHARE.fullmatch(text)
    if share:
        return int(share[1]) / 100
    if text.endswith("%"):
        raise Refusal(f"{quoted(text)} is not a share of the response time; write it like 50%, at most 999%")
    try:
        return span_of(value)
    except Refusal:
        raise Refusal(f"{quoted(value)} is neither a duration (5m) nor a share of the response time (50%)") from None


Words = Annotated[list[Text], BeforeValidator(as_list)]


class LastResortShape(Shape):
    notify: Words
    via: Words
    after: Span = timedelta(0)


class LevelShape(Shape):
    after: Annotated[timedelta | float, BeforeValidator(_when), WithJsonSchema({"type": ["string", "integer"]})]
    notify: Words
    via: Words


class LadderShape(Shape):
    respond_within: LongSpan
    levels: list[LevelShape] = Field(min_length=1)
    rounds: int = 1
    round_length: LongSpan | None = None
    last_resort: LastResortShape | None = None
    remind_every: LongSpan = timedelta(minutes=30)
    remind_with: RemindWith = "channel"


class EscalationShape(Shape):
    P0: LadderShape
    P1: LadderShape
    P2: LadderShape


def read_policies(document: Document, transports: Collection[str] | None = TRANSPORTS) -> Policies | None:
    """The ladders and response times; `None` if the file has a fault. `transports`: the known ones; `None` if they could not be
    read."""
    shape = checked(EscalationShape, document, document.data)
    if shape is None:
        return None
    shapes: dict[str, LadderShape] = {severity: getattr(shape, severity) for severity in SEVERITIES}
    ladders = {severity: _ladder(severity, each) for severity, each in shapes.items()}
    for severity, ladder in ladders.items():
        for text in ladder_problems(ladder, shapes[severity].respond_within, transports):
            document.fault(*_placed(severity, text))
    return Policies(ladders, {severity: each.respond_within for severity, each in shapes.items()})


def _ladder(severity: str, shape: LadderShape) -> Ladder:
    last = shape.last_resort
    return Ladder(
        severity=severity,
        levels=tuple(_level(each) for each in shape.levels),
        rounds=shape.rounds,
        round_length=shape.round_length,
        last_resort=Level(tuple(last.notify), tuple(last.via), last.after) if last else None,
        remind_every=shape.remind_every,
        remind_with=shape.remind_with,
    )


def _level(shape: LevelShape) -> Level:
    notify, via = tuple(shape.notify), tuple(shape.via)
    if isinstance(shape.after, timedelta):
        return Level(notify, via, after=shape.after)
    return Level(notify, via, response_share=shape.after)


def _placed(severity: str, text: str) -> tuple[Path, str]:
    """Where a sentence about a ladder belongs: `level 2: …` to the second level, `rounds: …` to that key."""
    name = text.split(":", 1)[0]
    level = _LEVEL.fullmatch(name)
    path: Path = (severity, "levels", int(level[1]) - 1) if level else (severity, name)
    return path, text
