"""What a courier is: how one kind of delivery is sent, and what is written down afterwards. The types sender and couriers share.

Nothing is sent or written from here by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.context import Context
from bot.events import BOT, Event
from bot.ground.redaction import clean
from bot.incidents import Change
from bot.store import Tx, claims, incidents
from bot.store.deliveries import Claimed
from bot.store.posts import Post
from bot.usecases.record import record
from oncall.page import Receipt
from oncall.values import dataclass

LONGEST_REASON = 300
"""Characters of a vendor's words that are kept."""
GIVE_UP_AFTER = timedelta(minutes=30)
"""A step this old that fails again is a dead letter. So is a page, unless its incident still wants it: then it is tried on, less
often."""
GIVE_UP_TELLING_AFTER = timedelta(days=1)
"""The same for everything else: a thread's story and PagerDuty's end of a page are still true after an outage of hours."""
NEVER_OLD = ("draw", "redraw")
"""What is drawn as things stand when it leaves: without it, a card would stand wrong for ever."""


class Needless(Exception):
    """There is nothing to send any more. The text says why."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A receipt, and what has to be written down with it in the same transaction."""

    receipt: Receipt
    also: Callable[[Tx, Context], None] | None = None
    stands: tuple[Post, ...] = ()
    """Where it stands, if it is redrawn later."""


Batch = list[Claimed]
"""What leaves as one message: one delivery, as a rule."""
Send = Callable[[Claimed], Awaitable[Handed]]
Left = tuple[Claimed, Receipt]
"""A delivery that was taken, and what was said of it."""
Sent = Callable[[Tx, Context, Sequence[Left]], None]


def mark_done(tx: Tx, ctx: Context, left: Sequence[Left]) -> None:
    """What most deliveries write down when they were taken."""
    receipts = {claimed.id: {"id": receipt.id, "detail": receipt.detail} for claimed, receipt in left}
    claims.all_done(tx.conn, receipts, tx.at)


def mark_dead(tx: Tx, ctx: Context, claimed: Claimed, reason: str, *, final: bool) -> None:
    """What most deliveries write down when they were refused: a dead letter is an event of its incident.

    Not that of a redraw: each event asks for the next one, and that would be refused as well.
    """
    if not final:
        if claimed.kind == "draw" and claimed.lane == "page" and claimed.attempts == 1 and claimed.incident is not None:
            text = f"Could not post the card: {reason} – trying again; the mentions wait for it"
            card_waits = Event("delivery_failed", BOT, text, {"kind": claimed.kind})
            record(tx, ctx, Change(incidents.load(tx.conn, claimed.incident), (card_waits,)))
        return
    claims.failed(tx.conn, claimed.id, tx.at, reason)
    if claimed.incident is not None and claimed.kind != "redraw":
        text = f"Could not deliver a {claimed.kind} message: {reason} – given up after {claimed.attempts} attempts"
        event = Event("delivery_failed", BOT, text, {"kind": claimed.kind})
        record(tx, ctx, Change(incidents.load(tx.conn, claimed.incident), (event,)))


UNWRITTEN = "it left, but what came of it could not be written down"


def mark_left(tx: Tx, ctx: Context, claimed: Claimed) -> None:
    """What is written down where the outcome itself could not be: that it left, and nothing of the answer."""
    claims.done(tx.conn, claimed.id, tx.at, {"id": "", "detail": UNWRITTEN})


def too_old(tx: Tx, ctx: Context, claimed: Claimed) -> bool:
    """When most deliveries are given up."""
    limit = GIVE_UP_AFTER if claimed.kind in ("page", "step") else GIVE_UP_TELLING_AFTER
    return claimed.kind not in NEVER_OLD and tx.at - claimed.created_at > limit


@dataclass(frozen=True, slots=True)
class Together:
    """How several deliveries leave as one message, once the other side has refused them singly."""

    share: Callable[[str, Mapping[str, Any]], str | None]
    """Of a delivery's kind and payload: what those have in common that may share a message; `None` where nothing may."""
    send: Callable[[Sequence[Claimed]], Awaitable[Handed]]


@dataclass(frozen=True, slots=True)
class Ahead:
    """How many deliveries that leave at once know what they need: by one look for all of them, the last before they leave."""

    look: Callable[[Tx, Context, Sequence[Claimed]], Mapping[int, Any]]
    """By the delivery's id; without those that are not wanted any more, and those that must be looked up one by one."""
    send: Callable[[Claimed, Any], Awaitable[Handed]]


@dataclass(frozen=True, slots=True)
class Courier:
    """How one kind of delivery leaves, and what is written down afterwards."""

    send: Send
    sent: Sent = mark_done
    refused: Callable[..., None] = mark_dead
    together: Together | None = None
    ahead: Ahead | None = None
    left: Callable[[Tx, Context, Claimed], None] = mark_left
    """What is written down where `sent` could not be."""
    given_up: Callable[[Tx, Context, Claimed], bool] = too_old
    """Whether one that is refused for now is not tried again."""


def said_by_others(ctx: Context, text: str) -> str:
    """A vendor's words as they may be kept: masked while they are whole, then cut."""
    return clean(ctx.mask(text))[:LONGEST_REASON]
