"""The couriers of messages about shifts: direct messages that page nobody, sent as housekeeping and drawn when they leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.context import Context
from bot.outbox.address import Find, Unreachable, address_of, once_found
from bot.outbox.courier import Handed, Needless
from bot.slack.messenger import Mark, Messenger, Posted
from bot.slack.picture import handoff as picture
from bot.slack.refusals import Gone
from bot.slack.views.facts import Message
from bot.store import Tx, handoffs
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.handoffs import keep_place
from oncall.page import DeliveryError, Receipt

Draw = Callable[[Tx, Context], Message | None]


class Handoffs:
    """The couriers of a handoff, of a shift to come, and of a copy."""

    def __init__(self, desk: Desk, messenger: Messenger, find: Find) -> None:
        self._desk = desk
        self._messenger = messenger
        self._find = find

    async def handoff(self, claimed: Claimed) -> Handed:
        """Post one person's message, or bring it up to date. Raises `DeliveryError`, or `Needless`."""
        number, person = int(claimed.payload["handoff"]), str(claimed.payload["person"])
        place = await self._desk.look(_place, number, person)
        if place is not None:
            message = await self._drawn(partial(picture.handoff, handoff_id=number, person=person))
            try:
                await self._messenger.redraw(place, message)
            except Gone:
                raise Needless("its message is not there any more") from None
            return Handed(Receipt(place.ts))
        posted = await self._direct(claimed, partial(picture.handoff, handoff_id=number, person=person))
        return Handed(
            Receipt(posted.ts, posted.channel),
            lambda tx, ctx: keep_place(tx, ctx, number, person, posted.channel, posted.ts),
        )

    async def shift(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`, or `Needless` where it is somebody else's by now."""
        said = claimed.payload
        since = datetime.fromisoformat(said["since"])
        first = bool(said.get("first"))
        draw = partial(picture.shift, role=str(said["role"]), person=str(said["person"]), since=since, first=first)
        posted = await self._direct(claimed, draw)
        return Handed(Receipt(posted.ts, posted.channel))

    async def copy(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`, or `Needless` where it was answered meanwhile."""
        said = claimed.payload
        draw = partial(
            picture.copy,
            number=claimed.incident or 0,
            reopened=int(said["reopened"]),
            taker=str(said["taker"]),
            role=str(said["role"]),
        )
        posted = await self._direct(claimed, draw)
        return Handed(Receipt(posted.ts, posted.channel))

    async def _direct(self, claimed: Claimed, draw: Draw) -> Posted:
        person = str(claimed.payload["person"])
        try:
            address = await once_found(lambda: self._desk.look(_address, person), self._find)
        except Unreachable as why:
            raise DeliveryError(str(why), temporary=False) from None
        since = claimed.created_at if claimed.repeat else None
        mark = Mark(f"{claimed.key}:{claimed.id}", since, tried=claimed.due_at)
        return await self._messenger.direct(address, await self._drawn(draw), mark)

    async def _drawn(self, draw: Draw) -> Message:
        message = await self._desk.look(draw)
        if message is None:
            raise Needless("nobody needs it any more")
        return message


def _place(tx: Tx, ctx: Context, number: int, person: str) -> Posted | None:
    found = handoffs.find(tx.conn, number)
    place = found.posts.get(person) if found is not None else None
    return Posted(*place) if place is not None else None


def _address(tx: Tx, ctx: Context, person: str) -> str:
    return address_of(tx, ctx, "slack", person, "") or ""
