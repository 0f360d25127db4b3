"""`drills/*.yml`: the team's own scenarios, and those of the document, which come with the bot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.configuration.document import Document
from bot.configuration.fields import LongSpan, Shape, Span, Text, matching
from bot.configuration.reader import read
from bot.configuration.shapes import checked
from bot.drills.openvine import Break
from bot.drills.scenario import LONGEST, NOTHING, Expected, Fault, Said, Scenario
from oncall.words import written

_ID = r"[a-z0-9][a-z0-9-]{0,59}"
_Id = Annotated[
    str, BeforeValidator(matching(_ID, "is not a valid scenario name; write small letters, digits and hyphens"))
]


class FaultShape(Shape):
    fault: Break
    before: Span = NOTHING
    at: Span = NOTHING
    until: LongSpan | None = None


class SaidShape(Shape):
    at: Span
    text: Text


class ExpectShape(Shape):
    acknowledge: LongSpan | None = None
    step: LongSpan | None = None
    mitigate: LongSpan | None = None
    write: LongSpan | None = None


class DrillShape(Shape):
    id: _Id
    title: Text
    story: Text | None = None
    rule: Text
    value: Text | None = None
    after: Span = NOTHING
    ends: LongSpan = timedelta(hours=1)
    faults: list[FaultShape] = Field(default_factory=list)
    says: list[SaidShape] = Field(default_factory=list)
    expect: ExpectShape = Field(default_factory=ExpectShape)


def read_drill(document: Document) -> Scenario | None:
    """The scenario; `None` if the file has a fault, with every fault reported."""
    shape = checked(DrillShape, document, document.data)
    if shape is None:
        return None
    _times(document, shape)
    return Scenario(
        id=shape.id,
        title=shape.title,
        story=shape.story or "",
        rule=shape.rule,
        value=shape.value or "",
        after=shape.after,
        ends=shape.ends,
        faults=tuple(Fault(each.fault, each.before, each.at, each.until) for each in shape.faults),
        says=tuple(sorted((Said(each.at, each.text) for each in shape.says), key=lambda each: each.at)),
        expect=Expected(shape.expect.acknowledge, shape.expect.step, shape.expect.mitigate, shape.expect.write),
    )


def _times(document: Document, shape: DrillShape) -> None:
    """Refuses times that would never come: they cannot be meant."""
    if shape.ends > LONGEST:
        document.fault(("ends",), f"a drill lasts {written(LONGEST)} at most")
    if shape.after >= shape.ends:
        document.fault(("after",), "its alert would come after its end")
    for index, each in enumerate(shape.faults):
        if each.until is not None and each.until <= each.at:
            document.fault(("faults", index, "until"), "it would be mended before it breaks")
    for index, said in enumerate(shape.says):
        if said.at >= shape.ends:
            document.fault(("says", index, "at"), "nobody would hear it: the drill is over by then")


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Scenario]:
    """The document's emergencies, by id."""
    places = sorted((Path(__file__).parents[1] / "drills" / "shipped").glob("*.yml"))
    found = (read_drill(read(place.name, place.read_text(encoding="utf-8"))) for place in places)
    return {each.id: each for each in found if each is not None}
