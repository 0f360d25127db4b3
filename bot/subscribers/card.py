"""Keeps an incident's card up to date. Redraws coalesce: at most one waits, and it is drawn from the state when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.context import Context
from bot.events import Recorded
from bot.incidents import Incident
from bot.store import Tx, posts
from bot.store.deliveries import Delivery
from bot.store.posts import card_key
from oncall.fallback import NOT_THROUGH_AFTER
from oncall.values import replace

SETTLE = timedelta(milliseconds=200)
"""How long a card's redraw waits for what else is about to change."""
BESIDE_ANOTHER = frozenset({"inhibited", "uninhibited", "merged", "split", "linked"})
"""Kinds that another incident's card, named under `beside`, shows as well."""
COUNTS_SETTLE = timedelta(seconds=20)
"""The same where only counts changed: a dozen storming cards leave most of Slack's redraws to what people do. A redraw for more
than that pulls a waiting one forward."""


def redraw_card(tx: Tx, ctx: Context, incident: Incident, recorded: Sequence[Recorded]) -> Sequence[Delivery]:
    kinds = {entry.event.kind for entry in recorded}
    if incident.number < 0 and "run_started" in kinds:
        return [first_drawing(incident.number)]
    if "opened" in kinds:
        # The first drawing is what the mention of the page answers to, so it goes by the pages' lane, before all other talk.
        first = first_drawing(incident.number)
        return [replace(first, lane="page", rank=incident.rank, late_after=NOT_THROUGH_AFTER)]
    others = dict.fromkeys(entry.event.data.get("beside") for entry in recorded if entry.event.kind in BESIDE_ANOTHER)
    cards = [incident.number, *(number for number in others if isinstance(number, int))]
    return [replace(redraw(card_key(number), number), lane="card", due_at=tx.at + SETTLE) for number in cards]


def first_drawing(incident: int) -> Delivery:
    """Post the message under which the thread will stand."""
    return replace(draw(card_key(incident), incident), line=card_line(incident), behind=None)


def redraw_counts(incident: Incident, at: datetime) -> Delivery:
    """Only numbers moved: in a storm they move all the time, so the card follows at a pace Slack allows."""
    return replace(redraw(card_key(incident.number), incident.number), lane="card", due_at=at + COUNTS_SETTLE)


def card_line(incident: int) -> str:
    """The line of the card's posting: what stands in its thread is behind it."""
    return f"card:{incident}"


def draw(key: str, incident: int) -> Delivery:
    """Post a message in the thread that will be redrawn in place later."""
    return Delivery(
        kind="draw",
        lane="talk",
        line=f"thread:{incident}",
        behind=card_line(incident),
        key=f"draw:{key}",
        incident=incident,
        payload={"post": key},
    )


def draw_below(key: str, incident: int, ts: str) -> Delivery:
    """Post what stands at `ts` anew at the end of the thread."""
    return replace(draw(key, incident), key=f"below:{key}", payload={"post": key, "below": ts})


def ask_link(key: str, incident: int) -> Delivery:
    """Have Slack say under which address a message opens."""
    ask = f"link:{key}"
    return Delivery(kind="link", lane="house", line=ask, key=ask, incident=incident, payload={"post": key})


def shows_link(tx: Tx, incident: int) -> list[Delivery]:
    """The messages that lead to the card."""
    return [redraw(key, incident) for key in posts.pages_of(tx.conn, incident)]


def redraw(key: str, incident: int) -> Delivery:
    """Bring such a message up to date."""
    return Delivery(
        kind="redraw", lane="talk", line=f"redraw:{key}", key=f"redraw:{key}", incident=incident, payload={"post": key}
    )
