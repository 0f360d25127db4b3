"""The modals of who serves when: a stand-in, time away, a swap. The first two show who would move before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from slack_sdk.models.blocks import (
    Block,
    DateTimePickerElement,
    InputBlock,
    Option,
    StaticSelectElement,
    UserSelectElement,
)

from bot.slack.mrkdwn import mention
from bot.slack.views.actions import (
    AWAY_MODAL,
    AWAY_SURE_MODAL,
    FIELD_FROM,
    FIELD_PERSON,
    FIELD_ROLE,
    FIELD_SHIFT,
    FIELD_TEXT,
    FIELD_UNTIL,
    OVERRIDE_MODAL,
    OVERRIDE_SURE_MODAL,
    SWAP_MODAL,
    Window,
)
from bot.slack.views.cover import ShiftFacts, previewed, to_be_taken
from bot.slack.views.facts import View, Who
from bot.slack.views.kit import plain, section
from bot.slack.views.modals.kit import MOST_OPTIONS, modal, question, text_field
from oncall.calendar import local
from oncall.rota import ROLES


def override(me: Who | None, at: datetime) -> View:
    """Who stands in, in which role, from when until when."""
    initial = me.slack if me and mention(me.slack) else None
    return modal(
        OVERRIDE_MODAL,
        "Override a shift",
        "Show who moves",
        "",
        question("Who stands in?", UserSelectElement(action_id=FIELD_PERSON, initial_user=initial), FIELD_PERSON),
        question("As what?", _roles(), FIELD_ROLE),
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
    options = [
        Option(text=plain(_shift_words(shift, timezone)), value=_shift_value(shift)) for shift in coming[:MOST_OPTIONS]
    ]
    chooser = StaticSelectElement(action_id=FIELD_SHIFT, options=options, initial_option=options[0])
    return modal(
        SWAP_MODAL,
        "Swap a shift",
        "Ask the channel",
        "",
        section(
            "Whoever takes it gives you their own next one in that role, or just takes it. Until then it stays yours."
        ),
        question("Which one?", chooser, FIELD_SHIFT),
        question("Why?", text_field(FIELD_TEXT), FIELD_TEXT, optional=True),
    )


def _shift_words(shift: ShiftFacts, timezone: str) -> str:
    form = "%a %d %b %H:%M"
    return f"{shift.role}, {local(shift.since, timezone, form)} – {local(shift.until, timezone, form)}"


def _shift_value(shift: ShiftFacts) -> str:
    return f"{shift.role} {int(shift.since.timestamp())} {int(shift.until.timestamp())}"


def _window(at: datetime) -> Iterator[Block]:
    soon = int(at.timestamp()) // 3600 * 3600 + 3600
    yield question("From", DateTimePickerElement(action_id=FIELD_FROM, initial_date_time=soon), FIELD_FROM)
    yield question("Until", DateTimePickerElement(action_id=FIELD_UNTIL, initial_date_time=soon + 86_400), FIELD_UNTIL)


def _reason() -> InputBlock:
    return question("Why?", text_field(FIELD_TEXT, focus=True), FIELD_TEXT, optional=True, hint="The channel reads it.")


def _roles() -> StaticSelectElement:
    options = [Option(text=plain(role), value=role) for role in ROLES]
    return StaticSelectElement(action_id=FIELD_ROLE, options=options, initial_option=options[0])
