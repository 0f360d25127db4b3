"""The modals of an incident: it is opened, led, graded, noted, kept still, ended, and somebody else is called for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from slack_sdk.models.blocks import Option, StaticSelectElement, UserSelectElement

from bot.alerts import SEVERITIES, Severity
from bot.incidents import Incident
from bot.slack.mrkdwn import bare, inline, mention
from bot.slack.views.actions import (
    ASSIGN_MODAL,
    CALL_MODAL,
    FIELD_PERSON,
    FIELD_SEVERITY,
    FIELD_SPAN,
    FIELD_TEXT,
    FIELD_TITLE,
    NOTE_MODAL,
    OPEN_MODAL,
    RESOLVE_MODAL,
    SEVERITY_MODAL,
    SNOOZE_MODAL,
)
from bot.slack.views.facts import View, Who
from bot.slack.views.kit import plain, section
from bot.slack.views.modals.kit import MOST_OPTIONS, TITLE_LENGTH, about, modal, question, text_field
from bot.speech import spoken
from oncall.words import written

SNOOZES = tuple(timedelta(minutes=minutes) for minutes in (10, 20, 30, 60, 120, 240))
MEANINGS: dict[Severity, str] = {
    "P0": "P0 · pages the on-call at once",
    "P1": "P1 · tells the team at once, pages if unanswered",
    "P2": "P2 · mails the team, pages if unanswered",
}


def open_incident(*, severity: Severity = "P1", title: str = "", metadata: str = "") -> View:
    """`/incident open` without arguments. `metadata` comes back with the submission (the channel, say)."""
    return modal(
        OPEN_MODAL,
        "Open an incident",
        "Open",
        metadata,
        question("What is happening?", text_field(FIELD_TITLE, title, limit=TITLE_LENGTH, focus=True), FIELD_TITLE),
        question("How bad?", _severity(severity), FIELD_SEVERITY),
        question("What is known so far?", text_field(FIELD_TEXT, lines=True), FIELD_TEXT, optional=True),
    )


def assign(incident: Incident, current: Who | None = None) -> View:
    """Who takes the lead."""
    initial = current.slack if current and mention(current.slack) else None
    chooser = UserSelectElement(action_id=FIELD_PERSON, initial_user=initial, focus_on_load=True)
    return about(incident, ASSIGN_MODAL, "Assign", "Assign", question("Who takes the lead?", chooser, FIELD_PERSON))


def severity(incident: Incident) -> View:
    """Another severity, and why."""
    return about(
        incident,
        SEVERITY_MODAL,
        "Change severity",
        "Change",
        question("How bad is it really?", _severity(incident.severity), FIELD_SEVERITY),
        question("Why?", text_field(FIELD_TEXT), FIELD_TEXT, optional=True),
    )


def _severity(initial: Severity) -> StaticSelectElement:
    options = {each: Option(text=plain(MEANINGS[each]), value=each) for each in SEVERITIES}
    return StaticSelectElement(
        action_id=FIELD_SEVERITY, options=list(options.values()), initial_option=options[initial]
    )


def note(incident: Incident) -> View:
    """A remark for the timeline."""
    field = text_field(FIELD_TEXT, lines=True, focus=True)
    hint = "It goes into the thread and the timeline."
    return about(
        incident, NOTE_MODAL, "Add a note", "Add", question("What did you see or do?", field, FIELD_TEXT, hint=hint)
    )


def snooze(incident: Incident, longest: timedelta) -> View:
    """How long it keeps still, and why."""
    spans = {
        written(span): Option(text=plain(spoken(span)), value=written(span)) for span in SNOOZES if span <= longest
    }
    chooser = StaticSelectElement(
        action_id=FIELD_SPAN, options=list(spans.values()), initial_option=list(spans.values())[-1]
    )
    return about(
        incident,
        SNOOZE_MODAL,
        "Snooze",
        "Snooze",
        section("Nobody is called meanwhile; a higher severity ends it. At its end it calls from the first level on."),
        question("For how long?", chooser, FIELD_SPAN),
        question(
            "Why?", text_field(FIELD_TEXT, focus=True), FIELD_TEXT, hint="It goes into the thread and the timeline."
        ),
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
            question("Why does it stay?", text_field(FIELD_TEXT, lines=True, focus=True), FIELD_TEXT),
        )
    field = text_field(FIELD_TEXT, lines=True, focus=True)
    return about(
        incident,
        RESOLVE_MODAL,
        "Resolve",
        "Resolve",
        question("What fixed it?", field, FIELD_TEXT, optional=True, hint="It goes into the timeline."),
    )


def call_somebody(incident: Incident, people: Sequence[tuple[str, str]]) -> View:
    """The ladder is at its end: whom to call instead. `people` as (email, name)."""
    options = [
        Option(text=plain(bare(name, 75).replace("&", "+")), value=email) for email, name in people[:MOST_OPTIONS]
    ]
    chooser = StaticSelectElement(action_id=FIELD_PERSON, options=options, focus_on_load=True)
    return about(
        incident,
        CALL_MODAL,
        "Call somebody",
        "Call now",
        section("Its whole ladder has been called. Whom else? They are called at once, by every way they have."),
        question("Who?", chooser, FIELD_PERSON),
        question("What should they know?", text_field(FIELD_TEXT), FIELD_TEXT, optional=True),
    )
