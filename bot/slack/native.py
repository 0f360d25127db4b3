"""Which drawing of a message a workspace gets: one of Slack's newer blocks, or the classic one of the same content.

A workspace that has not got a block refuses the whole message, so the newer drawing is only an offer: refused, the classic one
leaves in its place. Only where that is taken was it the block's fault: then the kind is left alone for a while, by every replica.
It refuses to decide anything else: what becomes of a message that is taken in neither drawing is the messenger's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from bot.context import Context
from bot.errors import Overloaded
from bot.slack.refusals import Unfit
from bot.slack.views.facts import Message
from bot.store import Tx, facts
from bot.usecases.desk import Desk

log = logging.getLogger(__name__)

LOOKED_FOR = timedelta(minutes=1)
"""How long another replica's refusal may go unnoticed: it costs one refusal more."""
LEFT_ALONE = timedelta(days=7)
"""How long a refused kind of block is not tried again: workspaces get new blocks without a word."""


Surface = Literal["message", "modal"]
"""Where something is shown."""


class Drawings:
    """What one workspace takes, as far as it was tried. `team` is its id."""

    def __init__(self, desk: Desk, team: Callable[[], str]) -> None:
        self._desk = desk
        self._team = team
        self._seen: dict[frozenset[str], tuple[datetime, bool]] = {}
        """What the store said of these kinds, and when: a card is not kept waiting for that each time."""

    async def takes(self, message: Message, surface: Surface = "message") -> bool:
        """Whether the native drawing is worth an attempt. What has none costs no look into the store."""
        if not message.native:
            return False
        kinds, now = _on(surface, message.kinds), self._desk.clock.now()
        looked, worth = self._seen.get(kinds, (None, False))
        if looked is None or not timedelta(0) <= now - looked < LOOKED_FOR:
            worth = await self._desk.look(_worth_trying, self._team(), kinds)
            self._seen[kinds] = (now, worth)
        return worth

    async def remember(self, refused: frozenset[str], surface: Surface = "message") -> None:
        """That these kinds were refused. What was posted meanwhile stands: to forget this costs one refusal more."""
        self._seen.clear()
        try:
            await self._desk.do(_remember, self._team(), _on(surface, refused))
        except Overloaded:
            log.warning("could not write down that Slack has no %s", ", ".join(sorted(refused)))


def _on(surface: Surface, kinds: Iterable[str]) -> frozenset[str]:
    """A block that a message takes may be refused in a view."""
    return frozenset(kinds if surface == "message" else (f"{kind} in a {surface}" for kind in kinds))


def worth_trying(refused: Mapping[str, datetime], kinds: Iterable[str], at: datetime) -> bool:
    """Whether none of these kinds was refused of late. `refused`: when each was, the last time."""
    return not any(kind in refused and at - refused[kind] < LEFT_ALONE for kind in kinds)


def blamed(message: Message, refusal: Unfit) -> frozenset[str]:
    """The kinds of blocks whose fault a refusal was, if the classic drawing is taken. Slack says it where it can; else it may be
    any. Nothing where it refused something else than a kind.
    """
    if refusal.faulty is None:
        return frozenset()
    named = {block["type"] for place, block in enumerate(message.native) if place in refusal.faulty}
    return message.kinds & named or message.kinds


def _fact(team: str, kind: str) -> str:
    return f"no_block:{team}:{kind}"


def _worth_trying(tx: Tx, ctx: Context, team: str, kinds: frozenset[str]) -> bool:
    refused = {kind: at for kind in kinds if (at := facts.written_at(tx.conn, _fact(team, kind))) is not None}
    return worth_trying(refused, kinds, tx.at)


def _remember(tx: Tx, ctx: Context, team: str, refused: frozenset[str]) -> None:
    for kind in refused:
        facts.put(tx.conn, _fact(team, kind), True, tx.at)
