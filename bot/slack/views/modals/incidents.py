"""The modals of an incident: it is opened, led, graded, noted, kept still, ended, and somebody else is called for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.alerts import Severity
from bot.formatting import spoken
from bot.incidents import Incident
from bot.slack.mrkdwn import bare, inline
from bot.slack.views.actions import (
    ASSIGN_MODAL,
    CALL_MODAL,
    FIELD_PERSON,
    FIELD_SEVERITY,
    FIELD_SPAN,
    FIELD_TITLE,
    NOTE_MODAL,
    OPEN_MODAL,
    RESOLVE_MODAL,
    SEVERITY_MODAL,
    SNOOZE_MODAL,
)
from bot.slack.views.facts import View, Who
from bot.slack.views.kit import section
from bot.slack.views.modals.kit import (
    MOST_OPTIONS,
    TITLE_LENGTH,
    about,
    in_words,
    menu,
    modal,
    question,
    somebody,
    text_field,
)
from oncall.words import written

SNOOZES = tuple(timedelta(minutes=minutes) for minutes in (10, 20, 30, 60, 120, 240))
MEANINGS = {
    "P0": "P0 · pages the on-call at once",
    "P1": "P1 · tells the team at once, pages if unanswered",
    "P2": "P2 · mails the team, pages if unanswered",
}
_KEPT = "It goes into the thread and the timeline."


def open_incident(*, severity: Severity = "P1", title: str = "", metadata: str = "") -> View:
    """`/incident open` without arguments. `metadata` comes back with the submission (the channel, say)."""
    return modal(
        OPEN_MODAL,
        "Open an incident",
        "Open",
        metadata,
        question("What is happening?", text_field(FIELD_TITLE, title, limit=TITLE_LENGTH, focus=True), FIELD_TITLE),
        question("How bad?", menu(FIELD_SEVERITY, MEANINGS, severity), FIELD_SEVERITY),
        in_words("What is known so far?", lines=True, focus=False, optional=True),
    )


def assign(incident: Incident, current: Who | None = None) -> View:
    """Who takes the lead."""
    chooser = question("Who takes the lead?", somebody(current, focus=True), FIELD_PERSON)
    return about(incident, ASSIGN_MODAL, "Assign", "Assign", chooser)


def severity(incident: Incident) -> View:
    """Another severity, and why."""
    return about(
        incident,
        SEVERITY_MODAL,
        "Change severity",
        "Change",
        question("How bad is it really?", menu(FIELD_SEVERITY, MEANINGS, incident.severity), FIELD_SEVERITY),
        in_words("Why?", focus=False, optional=True),
    )


def note(incident: Incident) -> View:
    """A remark for the timeline."""
    asked = in_words("What did you see or do?", lines=True, hint=_KEPT)
    return about(incident, NOTE_MODAL, "Add a note", "Add", asked)


def snooze(incident: Incident, longest: timedelta) -> View:
    """How long it keeps still, and why."""
    spans = {written(span): spoken(span) for span in SNOOZES if span <= longest}
    return about(
        incident,
        SNOOZE_MODAL,
        "Snooze",
        "Snooze",
        section("Nobody is called meanwhile; a higher severity ends it. At its end it calls from the first level on."),
        question("For how long?", menu(FIELD_SPAN, spans, list(spans)[-1]), FIELD_SPAN),
        in_words("Why?", hint=_KEPT),
    )


def resolve(incident: Incident, still_changed: str = "") -> View:
    """The end, with a word about it; where changes stand, why they stay has to be said."""
    if still_changed:
        return about(
            incident,
            RESOLVE_MODAL,
            "Resolve",
            "Resolve",
            section(f"*Still changed:* {inline(still_changed, 1_000)}"),
            in_words("Why does it stay?", lines=True),
        )
    return about(
        incident,
        RESOLVE_MODAL,
        "Resolve",
        "Resolve",
        in_words("What fixed it?", lines=True, optional=True, hint="It goes into the timeline."),
    )


def call_somebody(incident: Incident, people: Sequence[tuple[str, str]]) -> View:
    """The ladder is at its end: whom to call instead. `people` as (email, name)."""
    choices = {email: bare(name, 75).replace("&", "+") for email, name in people[:MOST_OPTIONS]}
    return about(
        incident,
        CALL_MODAL,
        "Call somebody",
        "Call now",
        section(
            "Nobody else is left on its ladder. Whom shall I call? They are called at once, by every way they have."
        ),
        question("Who?", menu(FIELD_PERSON, choices, focus=True), FIELD_PERSON),
        in_words("What should they know?", focus=False, optional=True),
    )
