"""A submitted form as values: what the modal was about, and its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Caller
from bot.slack.views import actions as ids
from bot.slack.views import tokens
from bot.slack.views.facts import View
from bot.store import Tx
from handlers.tokens import ref_in
from oncall.values import dataclass

Submit = Callable[[Tx, Context, Caller, "Form"], View | None]
"""What a submission does. A view that it returns replaces the one that was submitted."""


@dataclass(frozen=True, slots=True)
class Form:
    """A submitted form: what the modal was about, and its fields."""

    about: str
    values: Mapping[str, Mapping[str, Any]]

    def text(self, field: str) -> str:
        return str(self._state(field).get("value") or "").strip()

    def option(self, field: str) -> str:
        return str((self._state(field).get("selected_option") or {}).get("value") or "")

    def given(self, parameter: str) -> str:
        """What was typed or chosen for a runbook's parameter."""
        field = f"{ids.FIELD_GIVEN}{parameter}"
        return self.text(field) or self.option(field)

    def user(self, field: str) -> str:
        return str(self._state(field).get("selected_user") or "")

    def instant(self, field: str) -> datetime:
        """The chosen instant. Raises `UserError` if none was chosen."""
        seconds = self._state(field).get("selected_date_time")
        if not isinstance(seconds, int):
            raise UserError("Choose from when until when. Nothing was done.")
        return tokens.instant(seconds)

    @property
    def number(self) -> int:
        return ref_in(self.about).number

    def _state(self, field: str) -> Mapping[str, Any]:
        state: Mapping[str, Any] = self.values.get(field, {}).get(field) or {}
        return state
