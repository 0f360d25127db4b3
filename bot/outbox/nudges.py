"""The courier of what people are asked for: by direct message where they have an account, else by mail. It calls nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.context import Context
from bot.outbox.address import Find, Unreachable, address_of, once_found
from bot.outbox.courier import Handed, Needless
from bot.slack.messenger import Mark, Messenger
from bot.slack.picture.afterwards import NUDGES, home, stakeholders
from bot.slack.refusals import Troubled
from bot.slack.views.facts import Message, View
from bot.store import Tx
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.updates import unheard
from oncall.page import DeliveryError, Receipt

if TYPE_CHECKING:
    from bot.outbox.direct_notices import Way


class Nudges:
    """`mail` is the way to whoever has no account, where there is one."""

    def __init__(self, desk: Desk, messenger: Messenger, find: Find, mail: Way | None) -> None:
        self._desk = desk
        self._messenger = messenger
        self._find = find
        self._mail = mail

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`, or `Needless` where it was seen to meanwhile."""
        message = await self._desk.look(_drawn, claimed)
        person = str(claimed.payload["person"])
        try:
            account = await once_found(lambda: self._desk.look(_address, "slack", person), self._find)
        except Unreachable as why:
            return Handed(await self._by_mail(claimed, person, message, str(why)))
        posted = await self._messenger.direct(account, message, _mark(claimed))
        return Handed(Receipt(posted.ts, posted.channel))

    async def _by_mail(self, claimed: Claimed, person: str, message: Message, why: str) -> Receipt:
        if self._mail is None or person.startswith("slack:"):
            raise DeliveryError(why, temporary=False)
        address = await self._desk.look(_address, "email", person)
        return await self._mail.say(address, message.text, message.text, f"{claimed.key}:{claimed.id}")


def _drawn(tx: Tx, ctx: Context, claimed: Claimed) -> Message:
    draw = NUDGES.get(str(claimed.payload["nudge"]))
    message = draw(tx, ctx, {**claimed.payload, "incident": claimed.incident}) if draw is not None else None
    if message is None:
        raise Needless("nobody needs it any more")
    return message


def _address(tx: Tx, ctx: Context, transport: str, person: str) -> str:
    return address_of(tx, ctx, transport, person, "") or ""


def _mark(claimed: Claimed) -> Mark:
    since = claimed.created_at if claimed.repeat else None
    return Mark(f"{claimed.key}:{claimed.id}", since, tried=claimed.due_at)


class Outside:
    """The couriers of an update to those who wait, and of one person's Home tab."""

    def __init__(self, desk: Desk, messenger: Messenger) -> None:
        self._desk = desk
        self._messenger = messenger

    async def update(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`; where its channel cannot be used, whoever works on the incident hears of it instead."""
        channel = str(claimed.payload["channel"])
        message = await self._desk.look(_update, claimed)
        try:
            posted = await self._messenger.post(channel, message, mark=_mark(claimed))
        except Troubled as error:
            if error.trouble.where != "channel":
                raise
            await self._desk.do(unheard, channel, error.reason)
            raise Needless(error.reason) from None
        return Handed(Receipt(posted.ts, posted.channel))

    async def home(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`."""
        user = str(claimed.payload["user"])
        await self._messenger.publish(user, await self._desk.look(_home, user))
        return Handed(Receipt(""))


def _update(tx: Tx, ctx: Context, claimed: Claimed) -> Message:
    return stakeholders(tx, ctx, claimed.incident or 0, int(claimed.payload["seq"]))


def _home(tx: Tx, ctx: Context, user: str) -> View:
    return home(tx, ctx, user)
