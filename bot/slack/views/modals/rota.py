"""The modals of who serves when: a stand-in, time away, a swap. The first two show who would move before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from slack_sdk.models.blocks import (
    Block,
    DateTimePickerElement,
    InputBlock,
)

from bot.slack.views.actions import (
    AWAY_MODAL,
    AWAY_SURE_MODAL,
    FIELD_FROM,
    FIELD_PERSON,
    FIELD_ROLE,
    FIELD_SHIFT,
    FIELD_UNTIL,
    OVERRIDE_MODAL,
    OVERRIDE_SURE_MODAL,
    SWAP_MODAL,
)
from bot.slack.views.cover import ShiftFacts, previewed, to_be_taken
from bot.slack.views.facts import View, Who
from bot.slack.views.kit import section
from bot.slack.views.modals.kit import MOST_OPTIONS, in_words, menu, modal, question, somebody
from bot.slack.views.tokens import Window, shift_token
from oncall.calendar import local
from oncall.rota import ROLES


def override(me: Who | None, at: datetime) -> View:
    """Who stands in, in which role, from when until when."""
    return modal(
        OVERRIDE_MODAL,
        "Override a shift",
        "Show who moves",
        "",
        question("Who stands in?", somebody(me), FIELD_PERSON),
        question("In which role?", menu(FIELD_ROLE, {role: role for role in ROLES}, ROLES[0]), FIELD_ROLE),
        *_window(at),
    )


def override_sure(window: Window, moves: Sequence[ShiftFacts], *, alone: bool) -> View:
    """Who would serve instead of whom; nothing is done before this is sent."""
    return modal(OVERRIDE_SURE_MODAL, "Who moves", "Do it", str(window), *previewed(moves, alone=alone), _reason())


def away(at: datetime) -> View:
    """From when until when somebody cannot be called."""
    return modal(AWAY_MODAL, "Be away", "Show my shifts", "", *_window(at))


def away_sure(window: Window, wanted: Sequence[ShiftFacts]) -> View:
    """What the channel would be asked to take."""
    return modal(
        AWAY_SURE_MODAL, "What has to be taken", "Ask the channel", str(window), *to_be_taken(wanted), _reason()
    )


def swap(coming: Sequence[ShiftFacts], timezone: str) -> View:
    """Which of one's own shifts somebody else should have."""
    offered = {
        shift_token(shift.role, shift.since, shift.until): _shift_words(shift, timezone)
        for shift in coming[:MOST_OPTIONS]
    }
    return modal(
        SWAP_MODAL,
        "Swap a shift",
        "Ask the channel",
        "",
        section(
            "Whoever takes it gives you their own next one in that role, or just takes it. Until then it stays yours."
        ),
        question("Which one?", menu(FIELD_SHIFT, offered, next(iter(offered))), FIELD_SHIFT),
        in_words("Why?", focus=False, optional=True),
    )


def _shift_words(shift: ShiftFacts, timezone: str) -> str:
    form = "%a %d %b %H:%M"
    return f"{shift.role}, {local(shift.since, timezone, form)} – {local(shift.until, timezone, form)}"


def _window(at: datetime) -> Iterator[Block]:
    soon = int(at.timestamp()) // 3600 * 3600 + 3600
    yield question("From", DateTimePickerElement(action_id=FIELD_FROM, initial_date_time=soon), FIELD_FROM)
    yield question("Until", DateTimePickerElement(action_id=FIELD_UNTIL, initial_date_time=soon + 86_400), FIELD_UNTIL)


def _reason() -> InputBlock:
    return in_words("Why?", optional=True, hint="The channel reads it.")
