"""📌: what people said in the thread is put into the timeline, and taken out again when whoever pinned it takes that back.

A press is on disk before anything is asked of Slack; the message itself is read when the delivery leaves, and written down as it
stood then. Refuses to take one message twice, or to let two people's pins hide that one of them still stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.events import Event
from bot.incidents import Change, Incident
from bot.sources.slack_text import flatten
from bot.store import Tx, deliveries, incidents, posts
from bot.store.deliveries import Delivery
from bot.store.posts import Post, card_key
from bot.timeline.entries import pins_of
from bot.usecases.record import record
from oncall.values import dataclass

LONGEST = 2_000
"""Characters of a message that go into the timeline."""


@dataclass(frozen=True, slots=True)
class Place:
    """A message in Slack."""

    channel: str
    ts: str

    @property
    def ref(self) -> str:
        return f"{self.channel}:{self.ts}"

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(float(self.ts), UTC)


def ask(tx: Tx, ctx: Context, actor: str, place: Place, key: str, *, added: bool) -> None:
    """Somebody has pinned a message, or taken that back: seen to in the order in which it came."""
    if not posts.stand_in(tx.conn, place.channel):
        return  # no incident's thread is there
    payload = {"channel": place.channel, "ts": place.ts, "actor": actor, "added": added}
    asked = Delivery(kind="pin", lane="house", line=f"pin:{place.ref}", key=f"pin:{key}", payload=payload)
    deliveries.add(tx.conn, [asked], tx.at)


def incident_of(tx: Tx, thread: Place) -> int | None:
    """Whose thread it is; nobody's where no card stands above it."""
    card = posts.at_message(tx.conn, thread.channel, thread.ts)
    return card.incident if card is not None and card.key == card_key(card.incident) else None


def pin(tx: Tx, ctx: Context, number: int, place: Place, said: Mapping[str, Any], actor: str) -> bool:
    """Put a message into the timeline. Says whether that is news. `said` is the message as Slack describes it; one of the bot's
    own that tells an entry only marks that (`seq`).
    """
    incident = incidents.load(tx.conn, number)
    standing = standing_pins(tx, number).get(place.ref, set())
    if actor in standing:
        return False
    data: dict[str, Any] = {"ref": place.ref, "at": place.at.isoformat(), "by": _author(tx, ctx, said)}
    if "seq" in said:
        data["seq"], text = said["seq"], f"Entry {said['seq']}"
    else:
        text = words_of(tx, ctx, said)
    posts.save(tx.conn, Post(f"pin:{place.ref}", number, "", place.channel, place.ts), tx.at)
    record(tx, ctx, Change(incident, (Event("pinned", actor, text, data),)))
    return not standing


def unpin(tx: Tx, ctx: Context, place: Place, actor: str) -> Incident | None:
    """Whoever pinned it takes that back. Nothing where they had not."""
    post = posts.find(tx.conn, f"pin:{place.ref}")
    if post is None or actor not in standing_pins(tx, post.incident).get(place.ref, set()):
        return None
    event = Event("unpinned", actor, "Taken out of the timeline", {"ref": place.ref})
    return record(tx, ctx, Change(incidents.load(tx.conn, post.incident), (event,)))


def standing_pins(tx: Tx, number: int) -> dict[str, set[str]]:
    """Who has pinned which message of an incident."""
    return pins_of(incidents.of_kinds(tx.conn, number, ("pinned", "unpinned")))


def words_of(tx: Tx, ctx: Context, said: Mapping[str, Any]) -> str:
    """What a message says, as plain words; the names of its files where it says nothing. Raises `UserError` for an empty one."""
    text = flatten(dict(said)) or ", ".join(
        str(file.get("title") or file.get("name") or "a file") for file in said.get("files") or ()
    )
    if not text.strip():
        raise UserError("That message says nothing that could stand in a timeline. Nothing changed.")
    return ctx.mask(text)[:LONGEST]


def _author(tx: Tx, ctx: Context, said: Mapping[str, Any]) -> str:
    """The word in the log for whoever wrote it: a person, or the name of the app that did."""
    if said.get("user") and not said.get("bot_id"):
        return ctx.account(tx, str(said["user"])).actor
    profile = said.get("bot_profile") or {}
    return str(said.get("username") or profile.get("name") or said.get("user") or "an app")[:80]
