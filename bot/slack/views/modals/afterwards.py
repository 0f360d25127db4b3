"""The modals of what an incident owes others: a word to them, or why there is no postmortem."""

from __future__ import annotations

from bot.incidents import Incident
from bot.retro.updates import LONGEST as LONGEST_UPDATE
from bot.slack.views.actions import UPDATE_MODAL, WAIVE_MODAL
from bot.slack.views.facts import View
from bot.slack.views.modals.kit import about, in_words


def update(incident: Incident) -> View:
    """The one line for those who wait outside."""
    hint = "What is broken for whom, what is being done, when you will say more. It stands on the card."
    return about(
        incident,
        UPDATE_MODAL,
        "Update",
        "Say it",
        in_words("What should others know?", lines=True, limit=LONGEST_UPDATE, hint=hint),
    )


def waive(incident: Incident) -> View:
    """Why there is no postmortem."""
    return about(
        incident,
        WAIVE_MODAL,
        "No postmortem",
        "None needed",
        in_words("Why?", hint="It goes into the thread and the timeline."),
    )
