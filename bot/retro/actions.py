"""Action items: what has to be done after an incident, by whom and until when. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from bot.errors import UserError
from oncall.values import dataclass

State = Literal["open", "done", "dropped"]

LONGEST = 500
"""Characters of an item."""
AGAIN_AFTER = timedelta(days=7)
"""How often somebody is reminded of what has no date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One of them. `who` is the word of the log for whoever has it; nobody if `None`."""

    id: int
    incident: int
    text: str
    who: str | None = None
    due_at: datetime | None = None
    """The beginning of the day by which it should be done."""
    made_at: datetime
    made_by: str
    state: State = "open"
    ended_at: datetime | None = None
    ended_by: str | None = None
    link: str = ""
    """Where the team's tracker has it."""

    @property
    def name(self) -> str:
        return f"A{self.id}"


def read_text(text: str) -> str:
    """Raises `UserError` for nothing."""
    text = " ".join(text.split())[:LONGEST]
    if not text:
        raise UserError("An action item needs a text: `/incident action [N] TEXT [@who] [by DATE]`. Nothing was noted.")
    return text


def number_of(word: str) -> int | None:
    """Of `A3` or `3`."""
    digits = word.strip().lower().removeprefix("a")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None


def is_reminded(item: Item, morning: datetime) -> bool:
    """Whether it is told of on that morning: from its day on every day, without one each week."""
    if item.state != "open":
        return False
    if item.due_at is not None:
        return morning >= item.due_at
    weeks = (morning - item.made_at) // AGAIN_AFTER
    return weeks > 0 and morning - item.made_at < weeks * AGAIN_AFTER + timedelta(days=1)


def require_open(item: Item) -> None:
    if item.state != "open":
        raise UserError(f"{item.name} is {item.state} already. Nothing changed.")
