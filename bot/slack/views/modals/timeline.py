"""The modals in which the timeline is set right: what of it, its text and its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import DateTimePickerElement, Option, OptionGroup, StaticSelectElement

from bot.incidents import Incident
from bot.slack.mrkdwn import bare
from bot.slack.views.actions import ENTRY_MODAL, FIELD_AT, FIELD_ENTRY, MOMENT_MODAL, TIMELINE_MODAL
from bot.slack.views.facts import View
from bot.slack.views.kit import plain, section
from bot.slack.views.modals.kit import MOST_OPTIONS, about, in_words, modal, question, subject
from bot.slack.views.tokens import Ref
from bot.timeline.entries import Entry
from bot.timeline.moments import NAMES, WORDS, Name
from oncall.calendar import local

ENTRIES_SHOWN = 500
"""Entries to choose from, the newest: a form has to stay one."""

_OPTION_LENGTH = 75


def timeline_entries(incident: Incident, entries: Sequence[Entry], zone: str) -> View:
    """Which entry, or which moment, is set right."""
    moments = [Option(text=plain(WORDS[name]), value=name) for name in NAMES]
    groups = [OptionGroup(label=plain("Moments"), options=moments)]
    shown = [Option(text=plain(_entry_words(each, zone)), value=str(each.seq)) for each in entries[-ENTRIES_SHOWN:]]
    for first in range(0, len(shown), MOST_OPTIONS):
        some = shown[first : first + MOST_OPTIONS]
        groups.append(OptionGroup(label=plain("Entries" if not first else "Later entries"), options=some))
    chooser = StaticSelectElement(action_id=FIELD_ENTRY, option_groups=groups)
    return about(incident, TIMELINE_MODAL, "Correct the timeline", "Next", question("What?", chooser, FIELD_ENTRY))


def _entry_words(entry: Entry, zone: str) -> str:
    return bare(f"{local(entry.at, zone, '%d %b %H:%M')} {entry.text}", _OPTION_LENGTH)


def timeline_entry(incident: Incident, entry: Entry) -> View:
    """The text and the time of one entry."""
    return modal(
        ENTRY_MODAL,
        "Correct the timeline",
        "Correct",
        f"{Ref.of(incident)} {entry.seq}",
        section(subject(incident)),
        question("When?", _instant(FIELD_AT, entry.at), FIELD_AT),
        in_words("What happened?", initial=entry.text, lines=True, hint=_STAYS),
    )


_STAYS = "The timeline shows that it was corrected, and by whom; the record keeps what it said before."


def timeline_moment(incident: Incident, name: Name, at: datetime) -> View:
    """When one of the five moments was."""
    return modal(
        MOMENT_MODAL,
        "Set a moment",
        "Set",
        f"{Ref.of(incident)} {name}",
        section(subject(incident), f"*{WORDS[name]}*"),
        question("When?", _instant(FIELD_AT, at), FIELD_AT, hint=_STAYS),
    )


def _instant(field: str, at: datetime) -> DateTimePickerElement:
    return DateTimePickerElement(action_id=field, initial_date_time=int(at.timestamp()) // 60 * 60)
