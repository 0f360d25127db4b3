"""The event log: what happened, as it is stored. The card, the thread, the pager and the timeline all read it.

Nothing writes a timeline. An event stands in the log because the state changed in the same transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from oncall.values import dataclass, field

Kind = Literal[
    "opened",
    "alert_joined",
    "alert_resolved",
    "paged",
    "page_failed",
    "nobody_notified",
    "pagerduty",
    "seen",
    "acknowledged",
    "escalated",
    "rerouted",
    "reminded",
    "run_started",
    "step_asked",
    "step_started",
    "step_finished",
    "run_finished",
    "run_aborted",
    "mitigated",
    "resolved",
    "reopened",
    "note",
    "pinned",
    "unpinned",
    "edited",
    "moment",
    "action",
    "update",
    "postmortem",
    "severity_changed",
    "assigned",
    "offered",
    "handed_over",
    "snoozed",
    "snooze_ended",
    "held",
    "released",
    "silenced",
    "unsilenced",
    "inhibited",
    "uninhibited",
    "merged",
    "split",
    "linked",
    "still_on_it",
    "unacknowledged",
    "delivery_failed",
    "expired",
    "approved",
    "undone",
    "sample",
    "checked",
    "run_paused",
    "run_resumed",
    "rollout",
    "drill",
]

IN_PAGERDUTY = "pagerduty:"
"""Begins the actor of what somebody did in PagerDuty who is nobody of bot.yml; their name there follows, if one was given."""
BOT = "incident-bot"
"""The actor of what the bot does by itself."""
ALERT = "alert"
"""The actor of what an alert does."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an incident's story. `actor` is a person's email, a Slack mention's id, `alert` or `incident-bot`."""

    kind: Kind
    actor: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the log: with its place in the incident's story and its time (UTC)."""

    incident: int
    seq: int
    at: datetime
    event: Event


def name_in_pagerduty(actor: str) -> str:
    """How such an actor is called; nothing for any other."""
    if not actor.startswith(IN_PAGERDUTY):
        return ""
    there = actor.removeprefix(IN_PAGERDUTY)
    return f"{there} (in PagerDuty)" if there else "PagerDuty"


def wait_is_over(event: Event) -> bool:
    """Whether this asks a person what they saw; every other `step_asked` is the question before a change."""
    return event.kind == "step_asked" and "waited" in event.data


def calls_for_a_run(event: Event) -> bool:
    """Whether somebody who works through a runbook is called by it: a wait is over, a watch has come to something, a plan asks."""
    data = event.data
    return "run" in data and (wait_is_over(event) or bool(data.get("verdict")) or bool(data.get("calls")))


def ends_unheard(event: Event) -> bool:
    """Whether this closed the incident because nothing was heard of its alerts; every other `expired` is one alert's."""
    return event.kind == "expired" and bool(event.data.get("ends"))


def ends_incident(event: Event) -> bool:
    return event.kind == "resolved" or ends_unheard(event)
