"""Notices to one person about the bot's own trouble, by direct message or mail: for when Slack or the channel is what is broken.

A notice is no page: it belongs to no incident, asks for no answer and climbs no ladder. It is not sent once it is no longer true.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.context import Context
from bot.outbox.address import Find, Unreachable, address_of, once_found
from bot.outbox.courier import Handed, Needless
from bot.store import Tx
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.slack_trouble import Word, word_about
from oncall.page import DeliveryError, Receipt


class Way(Protocol):
    """A way to write to a person."""

    async def say(self, address: str, subject: str, text: str, key: str) -> Receipt:
        """Plain text; `key` is the same at each attempt. Raises `DeliveryError`."""
        ...


class DirectNotices:
    """The courier of these notices; `ways` are the transports by their names."""

    def __init__(self, desk: Desk, ways: Mapping[str, Way], find: Find) -> None:
        self._desk = desk
        self._find = find
        self._ways = ways

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`, or `Needless` if the trouble is over."""
        way = self._ways.get(claimed.payload["transport"])
        if way is None:
            raise DeliveryError(f"{claimed.payload['transport']} is not set up", temporary=False)
        try:
            word, address = await once_found(lambda: self._desk.look(_look_up, claimed), self._find)
        except Unreachable as why:
            raise DeliveryError(str(why), temporary=False) from None
        if word is None:
            raise Needless("it works again")
        repeat = " (possible repeat)" if claimed.repeat else ""
        return Handed(await way.say(address, word.subject + repeat, word.text, f"{claimed.key}:{claimed.id}"))


def _look_up(tx: Tx, ctx: Context, claimed: Claimed) -> tuple[Word | None, str]:
    address = address_of(tx, ctx, claimed.payload["transport"], claimed.payload["person"], "")
    # One that waited over the upgrade names no place: it is about the channel.
    return word_about(tx, ctx, claimed.payload.get("about", "channel")), address or ""


class TeamMail:
    """What the whole team should read in its mailbox: a fact that stays true, so nothing is looked up when it leaves."""

    def __init__(self, desk: Desk, way: Way) -> None:
        self._desk = desk
        self._way = way

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError`."""
        address = str(claimed.payload.get("to") or self._desk.context.config.bot.team_email)
        repeat = " (possible repeat)" if claimed.repeat else ""
        key = f"{claimed.key}:{claimed.id}"
        said = claimed.payload
        return Handed(await self._way.say(address, f"{said['subject']}{repeat}", str(said["text"]), key))
