"""Ends the paging once somebody answers: pages that have not left are cancelled, and whoever was called is told who has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from bot.context import Context
from bot.events import BOT, Event, Recorded, ends_unheard
from bot.incidents import Incident
from bot.store import Tx, deliveries, posts
from bot.store.deliveries import Delivery
from bot.store.posts import page_key, reminder_key
from bot.subscribers.card import redraw
from oncall.values import replace

ENDS_PAGING = {
    "acknowledged": "acknowledge",
    "snoozed": "acknowledge",
    "silenced": "acknowledge",
    "inhibited": "acknowledge",
    "mitigated": "acknowledge",
    "resolved": "resolve",
}
"""Event kind → what a stateful transport (PagerDuty) is asked to do."""
CALLS_AGAIN = frozenset(
    {"reopened", "severity_changed", "unacknowledged", "snooze_ended", "released", "unsilenced", "uninhibited"}
)


def close_pages(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    ends = [action for entry in recorded if (action := _action(entry.event)) is not None]
    if not ends:
        return [
            *_say_who_cannot(tx, incident, recorded),
            *_in_hand_again(tx, incident, recorded),
            *_let_ring_again(tx, incident, recorded),
            *_say_who_has_it(tx, incident, recorded),
        ]
    deliveries.cancel_pages(tx.conn, incident.number, tx.at, f"#{incident.number} was {incident.stands}")
    left = [row for row in deliveries.rows_of(tx.conn, incident.number, "page") if deliveries.may_have_left(row)]
    told = {row.line: row for row in left if _is_told(ctx, row.payload["transport"])}
    if _said_there(recorded) and len(there := [line for line in told if line.startswith("pagerduty:")]) == 1:
        del told[there[0]]
    closing = [_close(incident, row, ends[-1], recorded[-1]) for row in told.values()]
    if _may_come_back(recorded[-1].event):
        # It is acknowledged there and rings nobody; resolved and triggered again it would ring the one who has it in hand.
        closing = [replace(each, due_at=tx.at + ctx.flap_window(incident.rule)) for each in closing]
    reminder = reminder_key(incident.number, incident.reopened)
    reminders = [redraw(reminder, incident.number)] if posts.find(tx.conn, reminder) else []
    return closing + _messages_redrawn(incident, left) + reminders


def _is_told(ctx: Context, transport: str) -> bool:
    """Whether whoever takes pages by this transport holds them open until their end is said."""
    way = ctx.named(transport)
    return transport == "pagerduty" if way is None else way.by == "webhook"


def _action(event: Event) -> str | None:
    if event.kind == "merged" and event.data.get("into"):
        return "resolve"
    return "resolve" if ends_unheard(event) else ENDS_PAGING.get(event.kind)


def _may_come_back(event: Event) -> bool:
    """Silence closed it while somebody had it in hand: heard again soon, it is theirs as before."""
    return ends_unheard(event) and event.data["from"] != "triggered"


def _in_hand_again(tx: Tx, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    """It is open again: what would have told PagerDuty that it is over does not leave, and its messages say who has it."""
    if all(entry.event.kind != "reopened" for entry in recorded):
        return []
    closings = deliveries.rows_of(tx.conn, incident.number, "page_close")
    held_back = [row.id for row in closings if row.state == "waiting" and row.attempts == 0 and row.due_at > tx.at]
    deliveries.drop_waiting(tx.conn, held_back, tx.at, "it is open again")
    if incident.state == "triggered":
        return []
    return _redrawn(tx, incident)


def _say_who_has_it(tx: Tx, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    """It has changed hands, or whoever has it says for how long: so say the messages that called for it."""
    events = [entry.event for entry in recorded]
    answered = any(event.kind == "still_on_it" and event.actor != BOT for event in events)
    if answered or any(event.kind == "handed_over" for event in events):
        return _redrawn(tx, incident)
    return []


def _say_who_cannot(tx: Tx, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    """Whoever gave a call away reads in its message that they did."""
    given = {entry.event.actor: call for entry in recorded if (call := entry.event.data.get("declined"))}
    pages = deliveries.rows_of(tx.conn, incident.number, "page") if given else []
    told = [row for row in pages if given.get(row.payload["person"]) == deliveries.call_of(row.payload)]
    return _messages_redrawn(incident, [row for row in told if deliveries.may_have_left(row)])


def _redrawn(tx: Tx, incident: Incident) -> list[Delivery]:
    pages = deliveries.rows_of(tx.conn, incident.number, "page")
    return _messages_redrawn(incident, [row for row in pages if deliveries.may_have_left(row)])


def _messages_redrawn(incident: Incident, left: Sequence[Row[Any]]) -> list[Delivery]:
    """Of what was called so, the messages in Slack."""
    keys = [key for row in left if (key := page_key(row.payload["transport"], row.key)) is not None]
    return [redraw(key, incident.number) for key in keys]


def _let_ring_again(tx: Tx, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    """An incident that calls again after an answer: PagerDuty pages nobody for what is acknowledged there, so that ends first.

    What has not left yet is as grave from now on as the incident.
    """
    kinds = {entry.event.kind for entry in recorded}
    if "severity_changed" in kinds:
        deliveries.rank(tx.conn, incident.number, incident.rank)
    if incident.state != "triggered" or not kinds & CALLS_AGAIN:
        return []
    told = [row for row in deliveries.rows_of(tx.conn, incident.number, "page_close") if row.state != "dropped"]
    closings = {row.line: row for row in told if row.line.startswith("pagerduty:")}
    if _said_there(recorded) and len(closings) <= 1:
        return []
    return [
        replace(_close(incident, row, "resolve", recorded[-1]), payload=row.payload | {"action": "resolve"})
        for row in closings.values()
        if row.payload["action"] == "acknowledge"
    ]


def _said_there(recorded: Sequence[Recorded]) -> bool:
    """Whether this came from PagerDuty. Of several of its services it is not known which."""
    return any(entry.event.data.get("in") == "pagerduty" for entry in recorded)


def _close(incident: Incident, page: Row[Any], action: str, why: Recorded) -> Delivery:
    return Delivery(
        kind="page_close",
        lane="page",
        line=page.line,
        key=f"close:{page.line}:{why.seq}",
        incident=incident.number,
        payload={"page": page.id, "action": action, "why": why.event.text},
        rank=incident.rank,
    )
