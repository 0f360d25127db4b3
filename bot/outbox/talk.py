"""How messages to Slack leave: what is drawn comes from the state at the moment of sending, never from the delivery.

A message that is redrawn in place is known by its key (`card:3`, `run:5`, `ask:5:…`, `page:17`); the table below says who
draws it. The incident's card is made before anything can stand in its thread.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.context import Context
from bot.events import wait_is_over
from bot.outbox.sender import Handed, Needless
from bot.slack import picture, run_picture
from bot.slack.channel import Channel
from bot.slack.messenger import Messenger, Posted
from bot.slack.views import card, notices, runbook, thread, timeline
from bot.slack.views.facts import Message
from bot.store import Tx, deliveries, incidents, posts
from bot.store.deliveries import Claimed
from bot.store.posts import Post, card_key, reminder_key
from bot.subscribers.card import redraw
from bot.usecases.desk import Desk
from bot.usecases.outcomes import got_through, still_news
from oncall.page import Receipt

Draw = Callable[[Tx, Context, str], Message | None]
"""Draws a message of some key as things stand; `None` where it should stay as it is."""

CALLS_EVERY = timedelta(hours=1)
"""How often a reminder calls people at most; in between it is redrawn, which notifies nobody."""
CARD_EVENT = "incident_card"
"""The metadata by which a card is found again after a kill between posting it and writing down where it stands."""


def _card(tx: Tx, ctx: Context, number: str) -> Message:
    """Of an incident; what stands there for a run without one is the run."""
    log = int(number)
    return card.card(picture.card_facts(tx, ctx, log)) if log > 0 else runbook.run(run_picture.run_facts(tx, ctx, -log))


def _run(tx: Tx, ctx: Context, run: str) -> Message:
    return runbook.run(run_picture.run_facts(tx, ctx, int(run)))


def _ask(tx: Tx, ctx: Context, key: str) -> Message:
    run, _, confirmation = key.partition(":")
    return run_picture.question(tx, ctx, int(run), confirmation)


def _page(tx: Tx, ctx: Context, key: str) -> Message | None:
    return picture.page_message(tx, ctx, f"page:{key}")


def _reminder(tx: Tx, ctx: Context, key: str) -> Message:
    return picture.reminder(tx, ctx, int(key.partition(":")[0]))


DRAWN: dict[str, Draw] = {"card": _card, "run": _run, "ask": _ask, "page": _page, "remind": _reminder}
"""Who draws the message of a key, by its first word."""


class Talk:
    """The couriers of everything the bot says in the channel and in threads."""

    def __init__(self, desk: Desk, messenger: Messenger, channel: Channel) -> None:
        self._desk = desk
        self._messenger = messenger
        self._channel = channel

    async def draw(self, claimed: Claimed) -> Handed:
        """Post a message that will be redrawn, unless it stands already."""
        key, number = str(claimed.payload["post"]), _incident(claimed)
        if key == card_key(number):
            place = await self.card(number, look_around=claimed.repeat)
            return Handed(Receipt(place.ts), lambda tx, ctx: _link_pages(tx, number))
        place = await self.card(number)
        if await self._desk.look(_find, key):
            return await self.redraw(claimed)
        message = await self._draw(key)
        posted = await self._messenger.post(place.channel, message, thread=place.ts)
        return Handed(Receipt(posted.ts), _remember(self._post(key, number, posted)))

    async def redraw(self, claimed: Claimed) -> Handed:
        """Bring a message up to date. One that was never posted will be drawn fresh when it is."""
        key = str(claimed.payload["post"])
        post = await self._desk.look(_find, key)
        if post is None:
            raise Needless("it has not been posted yet, and will be drawn as things stand then")
        await self._messenger.redraw(Posted(post.channel, post.ts), await self._draw(key))
        return Handed(Receipt(post.ts))

    async def _draw(self, key: str) -> Message:
        message = await self._desk.look(_drawn, key)
        if message is None:
            raise Needless("it stays as it is")
        return message

    async def thread_line(self, claimed: Claimed) -> Handed:
        """One event, as a reply to the card."""
        number = _incident(claimed)
        message = await self._desk.look(_line, number, int(claimed.payload["seq"]))
        return await self.reminder(claimed) if message is None else await self._reply(number, message)

    async def reminder(self, claimed: Claimed) -> Handed:
        """That nobody has it yet: one message, redrawn, and posted anew only where it may call people again."""
        number = _incident(claimed)
        key, standing, calls = await self._desk.look(_to_remind, number)
        if standing is not None:
            await self._messenger.redraw(Posted(standing.channel, standing.ts), await self._draw(key))
            return Handed(Receipt(standing.ts))
        place = await self.card(number)
        posted = await self._messenger.post(place.channel, await self._draw(key), thread=place.ts, broadcast=calls)
        return Handed(Receipt(posted.ts), _remember(self._post(key, number, posted)))

    async def timeline(self, claimed: Claimed) -> Handed:
        """The whole story, as one or more replies to the card."""
        number = _incident(claimed)
        receipt = Receipt("")
        for message in await self._desk.look(_timeline, number):
            receipt = (await self._reply(number, message)).receipt
        return Handed(receipt)

    async def notice(self, claimed: Claimed) -> Handed:
        """News about the bot itself, in the channel, if it still is any."""
        if not await self._desk.look(still_news, claimed.payload):
            raise Needless("it is over")
        posted = await self._messenger.post(await self._channel.id(), notices.drawn(claimed.payload))
        return Handed(Receipt(posted.ts))

    async def card(self, number: int, *, look_around: bool = False) -> Post:
        """The incident's card; posted now if it is not there."""
        post = await self._desk.look(_find, card_key(number))
        if post is not None:
            return post
        channel = await self._channel.id()
        standing = await self._standing_card(channel, number) if look_around else None
        if standing is None:
            message = await self._draw(card_key(number))
            metadata = {"event_type": CARD_EVENT, "event_payload": {"incident": number}}
            standing = await self._messenger.post(channel, message, metadata=metadata)
        post = self._post(card_key(number), number, standing)
        await self._desk.do(_save, post)
        return post

    async def _standing_card(self, channel: str, number: int) -> Posted | None:
        """A card that an earlier process posted and could not write down any more."""
        for message in await self._messenger.recent(channel):
            metadata: dict[str, Any] = message.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == CARD_EVENT and payload.get("incident") == number:
                return Posted(channel, str(message["ts"]))
        return None

    async def _reply(self, number: int, message: Message) -> Handed:
        place = await self.card(number)
        posted = await self._messenger.post(place.channel, message, thread=place.ts)
        return Handed(Receipt(posted.ts))

    def _post(self, key: str, number: int, posted: Posted) -> Post:
        return Post(key, number, self._channel.team, posted.channel, posted.ts)


def _incident(claimed: Claimed) -> int:
    if claimed.incident is None:
        raise Needless("it belongs to no incident")
    return claimed.incident


def _find(tx: Tx, ctx: Context, key: str) -> Post | None:
    return posts.find(tx.conn, key)


def _save(tx: Tx, ctx: Context, post: Post) -> None:
    posts.save(tx.conn, post, tx.at)


def _remember(post: Post) -> Callable[[Tx, Context], None]:
    return lambda tx, ctx: _save(tx, ctx, post)


def _link_pages(tx: Tx, number: int) -> None:
    """The pages that left before the card was there get their link to it."""
    deliveries.add(tx.conn, [redraw(key, number) for key in posts.pages_of(tx.conn, number)], tx.at)


def _drawn(tx: Tx, ctx: Context, key: str) -> Message | None:
    kind, _, rest = key.partition(":")
    return DRAWN[kind](tx, ctx, rest)


def _to_remind(tx: Tx, ctx: Context, number: int) -> tuple[str, Post | None, bool]:
    """Its key, where it stands if that is to be redrawn, and whether a new one calls people."""
    incident = incidents.load(tx.conn, number)
    if incident.state != "triggered":
        raise Needless("somebody has it")
    key, calls = reminder_key(number, incident.reopened), incident.ladder.remind_with != "nobody"
    since = posts.stands_since(tx.conn, key)
    again = since is None or (calls and tx.at - since >= CALLS_EVERY)
    return key, None if again else posts.find(tx.conn, key), calls


def _line(tx: Tx, ctx: Context, number: int, seq: int) -> Message | None:
    """`None` for a reminder, as versions before left them waiting: it is told as it is now."""
    recorded = incidents.entry(tx.conn, number, seq)
    if recorded.event.kind == "page_failed" and not recorded.event.data["final"] and got_through(tx, recorded):
        raise Needless("the page got through since")
    if recorded.event.kind == "reminded":
        return None
    if wait_is_over(recorded.event):
        return thread.asked(recorded, picture.who(tx, ctx, recorded.event.data.get("waited")))
    return thread.line(recorded, picture.who(tx, ctx, recorded.event.actor))


def _timeline(tx: Tx, ctx: Context, number: int) -> list[Message]:
    story = incidents.story(tx.conn, number)
    return timeline.timeline(incidents.load(tx.conn, number), story, names=picture.names(tx, ctx, story))
