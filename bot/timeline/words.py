"""The words of one entry: the short one of its column, what happened, and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import get_args

from bot.events import Event, Kind, wait_is_over
from bot.formatting import one_line, stamp
from bot.timeline.document import TimelineDoc, actor_name
from bot.timeline.entries import Entry

KIND_WORDS: dict[str, str] = {
    "opened": "opened",
    "alert_joined": "alert",
    "alert_resolved": "cleared",
    "paged": "page",
    "page_failed": "page failed",
    "nobody_notified": "nobody",
    "pagerduty": "PagerDuty",
    "seen": "seen",
    "acknowledged": "ack",
    "escalated": "escalated",
    "rerouted": "other way",
    "reminded": "reminder",
    "run_started": "runbook",
    "step_asked": "confirm?",
    "step_started": "step",
    "step_finished": "step done",
    "run_finished": "runbook",
    "run_aborted": "aborted",
    "mitigated": "mitigated",
    "resolved": "resolved",
    "reopened": "reopened",
    "note": "note",
    "pinned": "said",
    "unpinned": "taken out",
    "edited": "corrected",
    "moment": "moment",
    "action": "to do",
    "update": "update",
    "postmortem": "postmortem",
    "severity_changed": "severity",
    "assigned": "commander",
    "offered": "offered",
    "handed_over": "handed over",
    "snoozed": "snoozed",
    "snooze_ended": "snooze over",
    "held": "held back",
    "released": "released",
    "silenced": "silenced",
    "unsilenced": "unsilenced",
    "inhibited": "inhibited",
    "uninhibited": "calls now",
    "merged": "merged",
    "split": "split",
    "linked": "linked",
    "still_on_it": "on it?",
    "unacknowledged": "calls again",
    "delivery_failed": "not sent",
    "expired": "unheard",
    "approved": "approved",
    "undone": "undo",
    "sample": "reading",
    "checked": "check",
    "run_paused": "paused",
    "run_resumed": "resumed",
    "rollout": "rollout",
    "drill": "drill",
}
"""The short word each kind of event has in its column."""
assert set(KIND_WORDS) == set(get_args(Kind)), "every kind of event needs its word"  # noqa: S101

_ENDS = {"done": "step done", "skipped": "skipped", "failed": "step failed", "unknown": "unknown"}
"""The same for what came of a step, by the state it left the step in."""


def word_of(event: Event) -> str:
    """The short word of an event's column: a step that was skipped, failed or not sent is not "done"."""
    if event.kind == "step_finished":
        return _ENDS.get(str(event.data.get("state", "done")), "step")
    return "seen?" if wait_is_over(event) else KIND_WORDS[event.kind]


def told(entry: Entry) -> str:
    """What happened, without the word that stands before it already: not "resolved Resolved: …"."""
    text, word = one_line(entry.text), word_of(entry.event)
    rest = text[len(word) :]
    return rest[1:].lstrip() if text[: len(word)].lower() == word and rest[:1] in ("", ":", ",") else text


def aside(doc: TimelineDoc, entry: Entry) -> list[str]:
    """Who did it, until when it went on, and who has corrected it; each as it is read."""
    parts = [who] if (who := actor_name(doc, entry.actor)) else []
    if entry.until is not None and entry.until - entry.at >= timedelta(seconds=1):
        parts.append(f"until {clock(doc, entry.until)}")
    if entry.corrected is not None:
        parts.append(f"corrected by {actor_name(doc, entry.corrected.by)}")
    return parts


def clock(doc: TimelineDoc, at: datetime) -> str:
    return at.astimezone(doc.zone).strftime("%Y-%m-%d %H:%M:%S" if doc.many_days else "%H:%M:%S")


def doc_stamp(doc: TimelineDoc) -> Callable[[datetime], str]:
    return lambda at: stamp(at, doc.zone)
