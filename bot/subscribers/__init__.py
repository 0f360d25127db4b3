"""Reactions to events. Each subscriber turns new events into deliveries, in the transaction that writes the events.

A new reaction is one file and one line here. A subscriber refuses to change an incident.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.context import Context
from bot.events import Recorded
from bot.incidents import Incident
from bot.store import Tx
from bot.store.deliveries import Delivery
from bot.subscribers.card import redraw_card
from bot.subscribers.copies import copy_to_leaver
from bot.subscribers.evidence import ask_for_evidence
from bot.subscribers.figures import show_figures
from bot.subscribers.pages import close_pages
from bot.subscribers.runs import redraw_runs
from bot.subscribers.thread import tell_thread
from bot.subscribers.updates import plan_updates

Subscriber = Callable[[Tx, Context, Incident, Sequence[Recorded]], Sequence[Delivery]]

SUBSCRIBERS: tuple[Subscriber, ...] = (
    redraw_card,
    redraw_runs,
    close_pages,
    tell_thread,
    copy_to_leaver,
    ask_for_evidence,
    plan_updates,
    show_figures,
)

__all__ = ["SUBSCRIBERS", "Subscriber"]
