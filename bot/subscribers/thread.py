"""Posts in the incident's thread: a line for each event that a reader of the thread needs, and the timeline at the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.context import Context
from bot.events import BOT, Event, Kind, Recorded, calls_for_a_run, ends_incident, ends_unheard, wait_is_over
from bot.incidents import Incident
from bot.runbooks.evidence import WITHIN
from bot.store import Tx
from bot.store.deliveries import Delivery
from bot.subscribers.card import card_line
from bot.subscribers.evidence import is_read

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
        "edited",
        "moment",
        "action",
        "update",
        "postmortem",
        "severity_changed",
        "assigned",
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
        "unacknowledged",
        "approved",
        "undone",
        "sample",
        "checked",
        "run_paused",
        "run_resumed",
        "rollout",
        "drill",
    }
)
"""The kinds that get a line, beside the end of a wait and of an incident that silence closed. The others stand on the card
(pages, joined alerts) or speak for themselves; a line about a line that Slack refused would be refused as well."""


IN_THE_RUN: frozenset[Kind] = frozenset(
    {"run_started", "step_finished", "run_finished", "run_aborted", "run_resumed", "approved"}
)
"""What stands in the message of an incident's run, redrawn, and would only bury it as a line. What calls somebody is posted,
and takes the run with it, so that its buttons are under what was said."""

READ_BY = WITHIN + timedelta(seconds=1)
"""How long the timeline waits for the figures at the end. It leaves sooner where they are there, without them where not."""


def tell_thread(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    lines = [_line(incident.number, entry.seq) for entry in recorded if _gets_a_line(incident, entry.event)]
    if any(entry.event.kind == "reminded" for entry in recorded):
        lines.append(_reminder(incident.number))
    if any(_ends(incident, entry.event) for entry in recorded):
        lines.append(_timeline(incident.number, tx.at + READ_BY if is_read(ctx, incident) else None))
    return lines


def _ends(incident: Incident, event: Event) -> bool:
    """Whether it is over: an incident's end, or that of a run without one."""
    return ends_incident(event) if incident.number > 0 else event.kind in ("run_finished", "run_aborted")


def _gets_a_line(incident: Incident, event: Event) -> bool:
    """A page that Slack did not take for now gets none: as a rule its trouble is over when Slack takes the line.

    The timeline has it, and the thread hears of it if the page is given up or nobody of the level was reached. Figures that the
    timeline is about to show are not told right before it.
    """
    if incident.number > 0 and event.kind in IN_THE_RUN and not calls_for_a_run(event):
        return False
    if event.kind == "page_failed" and event.data["via"] == "slack" and not event.data["final"]:
        return False
    if event.kind == "escalated" and event.data.get("mentioned"):
        return False  # the message that calls says so itself
    if event.kind == "still_on_it":
        return event.actor != BOT or "calls" in event.data  # the question goes to its holder alone
    if event.kind == "sample" and event.data.get("in_timeline"):
        return False
    if event.kind == "postmortem" and event.data.get("became") == "drafted":
        return False  # the message with the draft says it
    return event.kind in SAID or ends_unheard(event) or wait_is_over(event)


def thread_line(number: int) -> str:
    """What keeps the story in its order."""
    return f"thread:{number}"


def _line(number: int, seq: int) -> Delivery:
    return Delivery(
        kind="thread",
        lane="talk",
        line=thread_line(number),
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
        line=thread_line(number),
        behind=card_line(number),
        key=f"remind:{number}",
        incident=number,
    )


def timeline_key(number: int) -> str:
    """The one timeline that waits to be posted."""
    return f"timeline:{number}"


def _timeline(number: int, due_at: datetime | None) -> Delivery:
    """Behind what is told already, and in nobody's way: while it waits for the last figures, the story goes on."""
    return Delivery(
        kind="timeline",
        lane="talk",
        line=timeline_key(number),
        behind=thread_line(number),
        key=timeline_key(number),
        incident=number,
        due_at=due_at,
    )
