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
"""How often somebody is reminded of an item without a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An action item. `who` is the account that has it, as the log writes it; `None` if nobody has."""

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
    """Its address in the team's tracker."""

    @property
    def name(self) -> str:
        return f"A{self.id}"


def read_text(text: str) -> str:
    """Reads the text of an item. Raises `UserError` if there is none."""
    text = " ".join(text.split())[:LONGEST]
    if not text:
        raise UserError("An action item needs a text: `/incident action [N] TEXT [@who] [by DATE]`. Nothing was noted.")
    return text


def number_of(word: str) -> int | None:
    """The number in `A3` or `3`."""
    digits = word.strip().lower().removeprefix("a")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None


def is_reminded(item: Item, morning: datetime) -> bool:
    """Whether it is in that morning's reminder: from its due day on every day, without a due day once a week."""
    if item.state != "open":
        return False
    if item.due_at is not None:
        return morning >= item.due_at
    weeks = (morning - item.made_at) // AGAIN_AFTER
    return weeks > 0 and morning - item.made_at < weeks * AGAIN_AFTER + timedelta(days=1)


def require_open(item: Item) -> None:
    if item.state != "open":
        raise UserError(f"{item.name} is {item.state} already. Nothing changed.")
