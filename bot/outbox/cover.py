"""Carries requests for a stand-in to the channel: posted once, asked again in their own thread, redrawn when one is taken."""

from __future__ import annotations

from bot.context import Context
from bot.outbox.courier import Handed, Needless
from bot.slack.channel import Channel
from bot.slack.messenger import Mark, Messenger, Posted
from bot.slack.picture.cover import cover_facts
from bot.slack.refusals import Gone
from bot.slack.views import cover as views
from bot.slack.views.cover import CoverFacts
from bot.slack.views.facts import Message
from bot.store import Tx, cover, outbox_queries
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from oncall.page import Receipt

Place = tuple[str, str]


class StandIns:
    """The courier of these messages."""

    def __init__(self, desk: Desk, messenger: Messenger, channel: Channel) -> None:
        self._desk = desk
        self._messenger = messenger
        self._channel = channel

    async def ask(self, claimed: Claimed) -> Handed:
        """Ask the channel, for the first time or once more. Raises `Needless` where all of it was taken meanwhile."""
        number = int(claimed.payload["request"])
        facts, place, _ = await self._desk.look(_look, number)
        if not facts.wanted:
            raise Needless("somebody has taken it")
        if place is not None:
            try:
                return Handed(Receipt((await self._again(facts, place, claimed)).ts))
            except Gone:
                pass  # somebody has deleted it: it is asked anew
        posted = await self._messenger.post(await self._channel.id(), views.request(facts), mark=_mark(claimed))
        return Handed(Receipt(posted.ts), lambda tx, ctx: cover.keep_place(tx.conn, number, posted.channel, posted.ts))

    async def _again(self, facts: CoverFacts, place: Place, claimed: Claimed) -> Posted:
        channel, ts = place
        return await self._messenger.post(channel, views.again(facts), thread=ts, broadcast=True, mark=_mark(claimed))

    async def redraw(self, claimed: Claimed) -> Handed:
        """Bring the request up to date, and wherever it was repeated: what is over or taken has no button left."""
        facts, place, repeats = await self._desk.look(_look, int(claimed.payload["request"]))
        if place is None:
            raise Needless("it has not been posted")
        channel, first = place
        for ts in repeats:
            if ts != first:
                await self._brought_up_to_date(Posted(channel, ts), views.again(facts))
        if not await self._brought_up_to_date(Posted(channel, first), views.request(facts)):
            raise Needless("its message is gone")
        return Handed(Receipt(first))

    async def _brought_up_to_date(self, posted: Posted, message: Message) -> bool:
        try:
            await self._messenger.redraw(posted, message)
        except Gone:
            return False
        return True


def _look(tx: Tx, ctx: Context, number: int) -> tuple[CoverFacts, Place | None, list[str]]:
    """What it shows, where it stands, and where it was repeated."""
    repeats = outbox_queries.taken_as(tx.conn, "cover_ask", f"cover:{number}")
    return cover_facts(tx, ctx, number), cover.place(tx.conn, number), repeats


def _mark(claimed: Claimed) -> Mark:
    since = claimed.created_at if claimed.repeat else None
    return Mark(f"{claimed.key}:{claimed.id}", since, tried=claimed.due_at)
