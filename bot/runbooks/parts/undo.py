"""How a change is undone: the same request with another body, or another step of the runbook.

`${before}` in the body stands for the value before the change, if that could be read.
"""

from __future__ import annotations

import json

from bot.runbooks.fields import Fields
from oncall.values import dataclass

BEFORE = "${before}"


@dataclass(frozen=True, slots=True)
class Undo:
    """The reverse of a step: a `body` for the step's own request, or the id of a `step`."""

    title: str
    body: str = ""
    step: str = ""

    @property
    def restores(self) -> bool:
        """Whether it restores the value before the change, and so needs to know it."""
        return f'"{BEFORE}"' in self.body


def parse_undo(fields: Fields) -> Undo | None:
    """`undo: {title, json}`, or `undo: STEP`."""
    given = fields.data.get("undo")
    if given is None:
        return None
    if isinstance(given, str):
        return Undo("", step=given.strip())
    inner = fields.inner("undo")
    if inner is None:
        return None
    inner.only(("title", "json"), "“undo”")
    if "json" not in inner.data:
        inner.wrong(None, "an undo needs “json”: the body that takes the change back.")
    try:
        body = json.dumps(inner.data.get("json"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        inner.wrong("json", "“json” holds something JSON cannot say (a date, an infinity …).")
        body = ""
    return Undo(inner.text("title", required=True), body)
