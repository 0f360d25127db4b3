"""Tells the story in the incident's thread: a line per event that a reader of the thread needs, and the timeline at the end."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.events import BOT, Event, Kind, Recorded, ends_incident, ends_unheard, wait_is_over
from bot.incidents import Incident
from bot.store import Tx
from bot.store.deliveries import Delivery
from bot.subscribers.card import card_line

SAID: frozenset[Kind] = frozenset(
    {
        "page_failed",
        "nobody_notified",
        "pagerduty",
        "acknowledged",
        "escalated",
        "rerouted",
        "run_started",
        "step_finished",
        "run_finished",
        "run_aborted",
        "mitigated",
        "resolved",
        "reopened",
        "note",
        "severity_changed",
        "assigned",
        "handed_over",
        "snoozed",
        "snooze_ended",
        "unacknowledged",
        "approved",
        "undone",
        "sample",
        "checked",
        "run_paused",
        "run_resumed",
        "rollout",
    }
)
"""The kinds that get a line, beside the end of a wait and of an incident that silence closed. The others stand on the card
(pages, joined alerts) or speak for themselves; a line about a line that Slack refused would be refused as well."""


def tell_thread(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    lines = [_line(incident.number, entry.seq) for entry in recorded if _gets_a_line(entry.event)]
    if any(entry.event.kind == "reminded" for entry in recorded):
        lines.append(_reminder(incident.number))
    if any(_ends(incident, entry.event) for entry in recorded):
        lines.append(_timeline(incident.number, recorded[-1].seq))
    return lines


def _ends(incident: Incident, event: Event) -> bool:
    """Whether it is over: an incident's end, or that of a run without one."""
    return ends_incident(event) if incident.number > 0 else event.kind in ("run_finished", "run_aborted")


def _gets_a_line(event: Event) -> bool:
    """A page that Slack did not take for now gets none: as a rule its trouble is over when Slack takes the line.

    The timeline has it, and the thread hears of it if the page is given up or nobody of the level was reached.
    """
    if event.kind == "page_failed" and event.data["via"] == "slack" and not event.data["final"]:
        return False
    if event.kind == "still_on_it":
        return event.actor != BOT or "calls" in event.data  # the question goes to its holder alone
    return event.kind in SAID or ends_unheard(event) or wait_is_over(event)


def _line(number: int, seq: int) -> Delivery:
    return Delivery(
        kind="thread",
        lane="talk",
        line=f"thread:{number}",
        behind=card_line(number),
        key=f"thread:{number}:{seq}",
        incident=number,
        payload={"seq": seq},
    )


def _reminder(number: int) -> Delivery:
    """One waits at most, and says how things are when it leaves: after an outage nobody reads a dozen."""
    return Delivery(
        kind="remind",
        lane="talk",
        line=f"thread:{number}",
        behind=card_line(number),
        key=f"remind:{number}",
        incident=number,
    )


def _timeline(number: int, seq: int) -> Delivery:
    return Delivery(
        kind="timeline",
        lane="talk",
        line=f"thread:{number}",
        behind=card_line(number),
        key=f"timeline:{number}:{seq}",
        incident=number,
    )
