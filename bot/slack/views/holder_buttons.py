"""The buttons of whoever has an incident: what to do next, for how long, or to whom it goes.

The same under an answer and in a direct message.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from slack_sdk.models.blocks import InteractiveElement

from bot.formatting import spoken
from bot.slack.views.actions import (
    INCIDENT_GIVE_BACK,
    INCIDENT_HAND_OVER,
    INCIDENT_HOLD,
    INCIDENT_RUNBOOK,
    INCIDENT_SNOOZE,
)
from bot.slack.views.kit import ask, button
from bot.slack.views.tokens import Ref

HOLD = timedelta(minutes=30)
"""What one press promises."""


def holding(ref: Ref) -> Iterator[InteractiveElement]:
    yield button("Runbook", INCIDENT_RUNBOOK, str(ref), style="primary")
    yield button(f"On it for {spoken(HOLD)}", INCIDENT_HOLD, str(ref))
    yield button("Hand over…", INCIDENT_HAND_OVER, str(ref))
    yield button("Snooze…", INCIDENT_SNOOZE, str(ref))
    sure = ask(
        "You cannot see to it?", "Nobody has it then: it calls from the first level on, at once.", yes="Call the others"
    )
    yield button("I can't", INCIDENT_GIVE_BACK, str(ref), confirm=sure)
