"""Carries the invitation to a drill to the channel: posted once, redrawn until the drill is over."""

from __future__ import annotations

from bot.context import Context
from bot.outbox.courier import Handed, Needless
from bot.slack.channel import Channel
from bot.slack.messenger import Mark, Messenger, Posted
from bot.slack.refusals import Gone
from bot.slack.views.facts import Message
from bot.store import Tx, drills
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from oncall.page import Receipt


class Drills:
    """The courier of a drill's invitation."""

    def __init__(self, desk: Desk, messenger: Messenger, channel: Channel) -> None:
        self._desk = desk
        self._messenger = messenger
        self._channel = channel

    async def send(self, claimed: Claimed) -> Handed:
        number = int(claimed.payload["drill"])
        message, place = await self._desk.look(_look, number)
        if place is not None:
            try:
                await self._messenger.redraw(Posted(*place), message)
            except Gone:
                raise Needless("its message is gone") from None
            return Handed(Receipt(place[1]))
        since = claimed.created_at if claimed.repeat else None
        mark = Mark(f"{claimed.key}:{claimed.id}", since, tried=claimed.due_at)
        posted = await self._messenger.post(await self._channel.id(), message, mark=mark)
        return Handed(Receipt(posted.ts), lambda tx, ctx: drills.keep_place(tx.conn, number, posted.channel, posted.ts))


def _look(tx: Tx, ctx: Context, number: int) -> tuple[Message, tuple[str, str] | None]:
    from bot.slack.picture.drill import invitation  # most starts play no drill

    return invitation(tx, ctx, number), drills.place(tx.conn, number)
