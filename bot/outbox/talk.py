"""How messages to Slack leave: what is drawn comes from the state at the moment of sending, never from the delivery (`drawings`).

The incident's card is made before anything can stand in its thread; what stands and is gone is posted anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from bot.context import Context
from bot.events import calls_for_a_run
from bot.outbox.courier import Handed, Needless
from bot.outbox.drawings import drawn, line_of, whole_timeline
from bot.outbox.drill_incidents import DrillIncidents
from bot.outbox.marks import after, mark_of, named
from bot.reports.chart_png import png
from bot.reports.model import Chart, Report
from bot.slack.channel import Channel
from bot.slack.messenger import Mark, Messenger, Posted
from bot.slack.picture.afterwards import figures
from bot.slack.refusals import Gone
from bot.slack.views import notices, report
from bot.slack.views.facts import Message
from bot.slack.views.practice import marked
from bot.store import Tx, deliveries, incidents, posts
from bot.store.deliveries import Claimed
from bot.store.posts import Post, card_key, reminder_key, run_key, was_key
from bot.subscribers.card import ask_link, redraw, shows_link
from bot.usecases.desk import Desk
from bot.usecases.outcomes import still_news
from oncall.page import DeliveryError, Receipt
from oncall.values import replace

log = logging.getLogger(__name__)

CALLS_EVERY = timedelta(hours=1)
"""How often a reminder calls people at most; in between it is redrawn, which notifies nobody."""

CALLS = ("page:", "mention:", "remind:", "was:")
"""What only calls somebody or says where it went, by the first word of its key: deleted, it is not posted anew."""


_BEING_DRAWN = Message("", [])
"""What stands for a message that is being posted until it is drawn."""
LOOKED_AGAIN_S = 0.05
WRITTEN_DOWN_S = 30.0
"""Real seconds after which a message that was posted is written down where it stands, or never will be."""


class Talk:
    """The couriers of everything the bot says in the channel and in threads."""

    def __init__(self, desk: Desk, messenger: Messenger, channel: Channel) -> None:
        self._desk = desk
        self._messenger = messenger
        self._channel = channel
        self._anew_alone = asyncio.Lock()
        self._leaving: dict[str, Message] = {}
        """What is being posted, by its key: as it was drawn."""
        self._drill_incidents = DrillIncidents(desk)

    async def draw(self, claimed: Claimed) -> Handed:
        """Post a message that will be redrawn, unless it stands already."""
        key, number = str(claimed.payload["post"]), _incident(claimed)
        if key == card_key(number):
            return _standing_card(await self._card(number, mark_of(claimed)))
        if "below" in claimed.payload:
            return await self._below(key, number, mark_of(claimed), str(claimed.payload["below"]))
        if await self._desk.look(_find, key):
            return await self.redraw(claimed)
        return await self._post_drawn(key, number, named(key, mark_of(claimed)))

    async def redraw(self, claimed: Claimed) -> Handed:
        """Bring a message up to date. One that was never posted will be drawn fresh when it is; one that is gone is posted anew."""
        key = str(claimed.payload["post"])
        post = await self._desk.look(_find, key)
        if post is None and key in self._leaving:
            post = await self._once_it_stands(key)
        if post is None:
            raise Needless("it has not been posted yet, and will be drawn as things stand then")
        try:
            message = await self._marked(_incident(claimed), await self._draw(key))
            await self._messenger.redraw(Posted(post.channel, post.ts), message)
        except Gone:
            return await self._anew(post, claimed)
        return Handed(Receipt(post.ts), _ask_link_of(post))

    async def _once_it_stands(self, key: str) -> Post | None:
        """Of what is leaving just now, drawn before what calls for this: if that shows in it already, nothing is to do."""
        while (drawn := self._leaving.get(key)) is not None:
            if drawn is not _BEING_DRAWN and await self._draw(key) == drawn:
                raise Needless("it is just leaving as it would be drawn now")
            if post := await self._desk.look(_find, key):
                return post
            await asyncio.sleep(LOOKED_AGAIN_S)
        return await self._desk.look(_find, key)

    async def _anew(self, post: Post, claimed: Claimed) -> Handed:
        """In the place of one that is not there any more: what can be pressed must be there."""
        if post.key == card_key(post.incident):
            return _standing_card(await self._card_anew(post, mark_of(claimed)))
        if post.key.startswith(CALLS):
            raise Needless("its message is gone")
        return await self._post_drawn(post.key, post.incident, after(post, mark_of(claimed)))

    async def _post_drawn(self, key: str, number: int, mark: Mark) -> Handed:
        self._leaving[key] = message = _BEING_DRAWN
        try:
            self._leaving[key] = message = await self._draw(key)
            posted = await self.reply(number, message, mark)
        except BaseException:
            self._has_left(key, message)
            raise
        # It counts as leaving until it is certain that it is written down where it stands.
        asyncio.get_running_loop().call_later(WRITTEN_DOWN_S, self._has_left, key, message)
        return Handed(Receipt(posted.ts), self.kept(key, number, posted))

    def _has_left(self, key: str, message: Message) -> None:
        """That message is not leaving any more; another of the same key, posted since, may still be."""
        if self._leaving.get(key) is message:
            del self._leaving[key]

    async def _below(self, key: str, number: int, mark: Mark, stands: str = "") -> Handed:
        """Post what is redrawn in place anew at the end of the thread, and fold what stood before: the hand is in one place only.

        `stands`: where it stood when that was wanted; it may have come down meanwhile.
        """
        old = await self._desk.look(_find, key)
        if stands and (old is None or old.ts != stands):
            raise Needless("it has been posted anew since")
        posted = await self.reply(number, await self._draw(key), mark)
        post = self.place_of(key, number, posted)
        return Handed(Receipt(posted.ts), lambda tx, ctx: _moved(tx, ctx, post, old))

    def kept(self, key: str, number: int, posted: Posted) -> Callable[[Tx, Context], None]:
        """What writes down where a message stands: to redraw it, or to know what a reaction to it means."""
        post = self.place_of(key, number, posted)
        return lambda tx, ctx: _save(tx, ctx, post)

    async def _draw(self, key: str) -> Message:
        message = await self._desk.look(drawn, key)
        if message is None:
            raise Needless("it stays as it is")
        return message

    async def thread_line(self, claimed: Claimed) -> Handed:
        """One event, as a reply to the card."""
        number, seq = _incident(claimed), int(claimed.payload["seq"])
        run = await self._desk.look(_run_called_for, number, seq)
        if run is not None:
            return await self._below(run_key(run, number), number, mark_of(claimed))
        message = await self._desk.look(line_of, number, seq)
        if message is None:
            return await self.reminder(claimed)
        return Handed(Receipt((await self.reply(number, message, mark_of(claimed))).ts))

    async def reminder(self, claimed: Claimed) -> Handed:
        """That nobody has it yet: one message, redrawn, and posted anew only where it may call people again, or is gone. The one of
        before then leaves nothing to press behind."""
        number, tried = _incident(claimed), mark_of(claimed)
        key, standing, calls = await self._desk.look(_to_remind, number)
        message = await self._marked(number, await self._draw(key))
        if standing is not None:
            try:
                await self._messenger.redraw(Posted(standing.channel, standing.ts), message)
            except Gone:
                tried = after(standing, tried)
            else:
                return Handed(Receipt(standing.ts))
        before = await self._desk.look(_find, key)
        posted = await self.reply(number, message, tried, loud=calls)
        post = self.place_of(key, number, posted)
        return Handed(Receipt(posted.ts), lambda tx, ctx: _moved(tx, ctx, post, before))

    async def timeline(self, claimed: Claimed) -> Handed:
        """The whole story, as one or more replies to the card. Those that an earlier attempt left there are not told again."""
        number = _incident(claimed)
        since = claimed.created_at if claimed.repeat or claimed.attempts > 1 else None
        posted = None
        for part, message in enumerate(await self._desk.look(whole_timeline, number)):
            posted = await self.reply(number, message, replace(mark_of(claimed, f":{part}"), since=since))
        return Handed(Receipt(posted.ts if posted else ""))

    async def notice(self, claimed: Claimed) -> Handed:
        """News about the bot itself, in the channel, if it still is any."""
        if not await self._desk.look(still_news, claimed.payload):
            raise Needless("it is over")
        channel = await self._channel.id()
        posted = await self._messenger.post(channel, notices.drawn(claimed.payload), mark=mark_of(claimed))
        return Handed(Receipt(posted.ts))

    async def report(self, it: Report, claimed: Claimed) -> str:
        """A report, in the channel; where the workspace draws no chart, the picture of it is a reply."""
        channel, message = await self._channel.id(), report.report(it)
        posted = await self._messenger.post(channel, message, mark=mark_of(claimed))
        if it.charts and not await self._messenger.draws(message):
            await self._pictures(posted, it)
        return posted.ts

    async def _pictures(self, posted: Posted, it: Report) -> None:
        for number, chart in enumerate(it.charts, start=1):
            await self._picture(posted, f"{it.name}-{number}.png", chart.title, chart)

    async def _picture(self, place: Posted, name: str, title: str, *charts: Chart) -> None:
        """Files are optional: without the scope for them, or with a drawing that fails, the message stands without a picture."""
        drawn = await png(*charts)
        if drawn is None:
            return
        try:
            await self._messenger.attach(place, name, title, drawn)
        except DeliveryError as error:
            log.warning("there is no picture: %s", error.reason)

    async def figures(self, claimed: Claimed) -> Handed:
        """What the figures did around an incident, in its thread; where the workspace draws no chart, as a picture."""
        number = _incident(claimed)
        found = await self._desk.look(figures, number)
        if found is None:
            raise Needless("nothing was read of that time")
        posted = await self.reply(number, found.message, mark_of(claimed))
        if not await self._messenger.draws(found.message):
            card = await self._card(number, mark_of(claimed))
            place = Posted(card.channel, card.ts)
            await self._picture(place, f"figures-{number}.png", f"The figures around #{number}", *found.charts)
        return Handed(Receipt(posted.ts))

    async def reply(
        self, number: int, message: Message, mark: Mark, *, loud: bool = False, card: Post | None = None
    ) -> Posted:
        """Post in the incident's thread, under its `card`, if that is known. Where it is gone, there is a new one, and the thread
        goes on under that."""
        card, message = card or await self._card(number, mark), await self._marked(number, message)
        try:
            return await self._messenger.post(card.channel, message, thread=card.ts, broadcast=loud, mark=mark)
        except Gone:
            card = await self._card_anew(card, mark)
            return await self._messenger.post(card.channel, message, thread=card.ts, broadcast=loud, mark=mark)

    async def _marked(self, number: int, message: Message) -> Message:
        """Everything that is said of a drill says so."""
        return marked(message) if await self._drill_incidents(number) else message

    async def _card(self, number: int, tried: Mark) -> Post:
        """The incident's card; posted now if it is not there. `tried`: when an earlier attempt may have posted it."""
        post = await self._desk.look(_find, card_key(number))
        return post or await self._post_card(number, named(card_key(number), tried))

    async def _card_anew(self, gone: Post, tried: Mark) -> Post:
        """Another card. Of several that find the old one gone at the same time, the first posts it."""
        async with self._anew_alone:
            post = await self._desk.look(_find, gone.key)
            if post is not None and post.ts != gone.ts:
                return post
            card = await self._post_card(gone.incident, after(gone, tried))
        await self._desk.do(_link_pages, gone.incident)
        return card

    async def _post_card(self, number: int, mark: Mark) -> Post:
        channel = await self._channel.id()
        posted = await self._messenger.post(channel, await self._draw(card_key(number)), mark=mark)
        post = self.place_of(card_key(number), number, posted)
        await self._desk.do(_save, post)
        return post

    def place_of(self, key: str, number: int, posted: Posted) -> Post:
        """Where a message of some key stands."""
        return Post(key, number, self._channel.team, posted.channel, posted.ts)


def _standing_card(post: Post) -> Handed:
    return Handed(Receipt(post.ts), lambda tx, ctx: _link_pages(tx, ctx, post.incident))


def _ask_link_of(post: Post) -> Callable[[Tx, Context], None] | None:
    """A card that was posted before links were asked for, or whose question was lost."""
    if post.link is not None or post.key != card_key(post.incident):
        return None
    return lambda tx, ctx: deliveries.add(tx.conn, [ask_link(post.key, post.incident)], tx.at)


def _incident(claimed: Claimed) -> int:
    if claimed.incident is None:
        raise Needless("it belongs to no incident")
    return claimed.incident


def _find(tx: Tx, ctx: Context, key: str) -> Post | None:
    return posts.find(tx.conn, key)


def _save(tx: Tx, ctx: Context, post: Post) -> None:
    posts.save(tx.conn, post, tx.at)


def _moved(tx: Tx, ctx: Context, post: Post, old: Post | None) -> None:
    posts.save(tx.conn, post, tx.at)
    if old is not None and old.ts != post.ts:
        was = replace(old, key=was_key(old.key, old.ts))
        posts.save(tx.conn, was, tx.at)
        deliveries.add(tx.conn, [redraw(was.key, was.incident)], tx.at)


def _run_called_for(tx: Tx, ctx: Context, number: int, seq: int) -> int | None:
    """The run that has to come down with what somebody is called for. One without an incident cannot: it is its thread's root."""
    event = incidents.entry(tx.conn, number, seq).event
    return int(event.data["run"]) if number > 0 and calls_for_a_run(event) else None


def _link_pages(tx: Tx, ctx: Context, number: int) -> None:
    """The pages that left before the card was there get their link to it."""
    deliveries.add(tx.conn, [*shows_link(tx, number), ask_link(card_key(number), number)], tx.at)


def _to_remind(tx: Tx, ctx: Context, number: int) -> tuple[str, Post | None, bool]:
    """Its key, where it stands if that is to be redrawn, and whether a new one calls people."""
    incident = incidents.load(tx.conn, number)
    if incident.state != "triggered" or incident.snoozed:
        raise Needless("somebody has seen to it")
    key, calls = reminder_key(number, incident.reopened), incident.ladder.remind_with != "nobody"
    since = posts.stands_since(tx.conn, key)
    again = since is None or (calls and tx.at - since >= CALLS_EVERY)
    return key, None if again else posts.find(tx.conn, key), calls
