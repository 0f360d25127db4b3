"""The courier of 📌: reads the message that somebody pinned, and writes down what it says.

Only what stands in an incident's thread goes into a timeline. What the bot itself said there is an entry already: it is marked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.outbox.courier import Handed, Needless
from bot.slack.already_posted import marks_of
from bot.slack.messenger import Messenger
from bot.store import Tx
from bot.store.deliveries import Claimed
from bot.usecases.desk import Desk
from bot.usecases.pins import Place, incident_of, pin, unpin, words_of
from oncall.page import DeliveryError, Receipt

_LINE = re.compile(r"thread:(-?\d+):(\d+):\d+")
"""The mark of a line of the thread: its incident, and the event that it tells."""


class Pins:
    """The courier of pins."""

    def __init__(self, desk: Desk, messenger: Messenger) -> None:
        self._desk = desk
        self._messenger = messenger

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError` while Slack does not say what stands there, or `Needless` for what belongs into no timeline."""
        given = claimed.payload
        place, actor = Place(str(given["channel"]), str(given["ts"])), str(given["actor"])
        if not given["added"]:
            return Handed(Receipt(""), lambda tx, ctx: _unpinned(tx, ctx, place, actor))
        said = await self._messenger.read(place.channel, place.ts)
        if said is None:
            raise DeliveryError("the message is not there any more", temporary=False)
        number = await self._desk.look(_whose, place, said)
        if (found := told_by(said)) is not None:
            said = {**said, "seq": found}
        return Handed(Receipt(""), lambda tx, ctx: _pinned(tx, ctx, number, place, said, actor))


def told_by(said: Mapping[str, Any]) -> int | None:
    """The entry that one of the bot's own messages tells. Raises `Needless` for another of its messages."""
    marks = marks_of(dict(said))
    lines = [found for mark in marks if (found := _LINE.fullmatch(mark))]
    if marks and not lines:
        raise Needless("what the bot says there stands in the timeline by itself")
    return int(lines[0][2]) if lines else None


def _whose(tx: Tx, ctx: Context, place: Place, said: Mapping[str, Any]) -> int:
    root = str(said.get("thread_ts") or place.ts)
    number = incident_of(tx, Place(place.channel, root)) if root != place.ts else None
    if number is None:
        raise Needless("it stands in no incident's thread")
    if not marks_of(dict(said)):
        try:
            words_of(tx, ctx, said)
        except UserError as nothing:
            raise Needless(str(nothing)) from None
    return number


def _pinned(tx: Tx, ctx: Context, number: int, place: Place, said: Mapping[str, Any], actor: str) -> None:
    pin(tx, ctx, number, place, said, actor)


def _unpinned(tx: Tx, ctx: Context, place: Place, actor: str) -> None:
    unpin(tx, ctx, place, actor)
