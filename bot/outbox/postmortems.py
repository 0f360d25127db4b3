"""The courier of a postmortem's draft: a canvas where Slack allows one, else a file in the thread, else the way to it.

What a workspace does not allow switches off that way alone; that the draft can be had is always said in the thread.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.context import Context
from bot.outbox.courier import Handed
from bot.outbox.talk import Talk
from bot.slack.messenger import Mark, Messenger, Posted
from bot.slack.picture.afterwards import postmortem_told
from bot.store import Tx, incidents, posts
from bot.store.deliveries import Claimed
from bot.store.posts import card_key
from bot.usecases.desk import Desk
from bot.usecases.postmortems import draft, drafted
from oncall.headline import DRILL
from oncall.page import DeliveryError, Receipt
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class _Draft:
    number: int
    title: str
    text: str
    card: Posted | None


class Postmortems:
    """`team` is the workspace's id, for the address of a canvas."""

    def __init__(self, desk: Desk, messenger: Messenger, talk: Talk, team: Callable[[], str]) -> None:
        self._desk = desk
        self._messenger = messenger
        self._talk = talk
        self._team = team

    async def send(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError` for what passes by itself."""
        made = await self._desk.look(_made, claimed.incident or 0)
        place = await self._canvas(made)
        message = await self._desk.look(postmortem_told, made.number, place)
        posted = await self._talk.reply(made.number, message, _mark(claimed))
        if not place:
            place = await self._file(made, posted)
        what = {"": f"`incident-bot postmortem {made.number}` prints it", "file": "a file in the thread"}.get(
            place, "a canvas"
        )
        by = str(claimed.payload["by"])
        return Handed(Receipt(posted.ts), lambda tx, ctx: drafted(tx, ctx, made.number, by, place, what))

    async def _canvas(self, made: _Draft) -> str:
        """Its address; nothing where there can be none."""
        if made.card is None:
            return ""
        try:
            return await self._messenger.canvas(made.card, self._team(), made.title, made.text)
        except DeliveryError as error:
            if passes(error):
                raise
            return ""

    async def _file(self, made: _Draft, posted: Posted) -> str:
        card = made.card or posted
        try:
            name = f"postmortem-{made.number}.md"
            await self._messenger.attach(card, name, made.title, made.text.encode())
        except DeliveryError as error:
            if passes(error):
                raise
            return ""
        return "file"


def passes(error: DeliveryError) -> bool:
    """Whether it is worth waiting for: not where a scope was left out."""
    return error.temporary and "missing_scope" not in error.reason


def _made(tx: Tx, ctx: Context, number: int) -> _Draft:
    card = posts.find(tx.conn, card_key(number))
    place = Posted(card.channel, card.ts) if card is not None else None
    practice = f"{DRILL} " if incidents.is_drill(tx.conn, number) else ""
    return _Draft(number, f"{practice}Postmortem of #{number}", draft(tx, ctx, number), place)


def _mark(claimed: Claimed) -> Mark:
    since = claimed.created_at if claimed.repeat else None
    return Mark(f"{claimed.key}:{claimed.id}", since, tried=claimed.due_at)
