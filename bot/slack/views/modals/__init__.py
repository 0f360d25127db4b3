"""Every modal there is, by its name: few fields, our own words in every label, nothing in a title that could be too long for one.

One file per subject, `kit` is what they are built from. A modal decides nothing: what is submitted is judged where it is read.
"""

from bot.slack.views.modals.afterwards import update, waive
from bot.slack.views.modals.incidents import assign, call_somebody, note, open_incident, resolve, severity, snooze
from bot.slack.views.modals.reading import reading
from bot.slack.views.modals.rota import away, away_sure, override, override_sure, swap
from bot.slack.views.modals.runs import (
    abort_run,
    break_glass,
    fail_step,
    observe,
    parameters,
    skip_step,
    type_to_confirm,
)
from bot.slack.views.modals.timeline import timeline_entries, timeline_entry, timeline_moment

__all__ = [
    "abort_run",
    "assign",
    "away",
    "away_sure",
    "break_glass",
    "call_somebody",
    "fail_step",
    "note",
    "observe",
    "open_incident",
    "override",
    "override_sure",
    "parameters",
    "reading",
    "resolve",
    "severity",
    "skip_step",
    "snooze",
    "swap",
    "timeline_entries",
    "timeline_entry",
    "timeline_moment",
    "type_to_confirm",
    "update",
    "waive",
]
