"""Looks up the permalink of a card: Slack is asked once, when the card has been posted, and the answer is kept.

Nobody waits for it: it goes by housekeeping's lane, behind pages and answers. Until it is there, and where Slack gives none, what
leads to the incident leads to its channel.
"""

from __future__ import annotations

from bot.context import Context
from bot.outbox.courier import Handed, Needless
from bot.slack.messenger import Messenger, Posted
from bot.store import Tx, claims, deliveries, posts
from bot.store.deliveries import Claimed
from bot.store.posts import Post
from bot.subscribers.card import shows_link
from bot.usecases.desk import Desk
from oncall.page import DeliveryError, Receipt


class Links:
    """The courier of such a question."""

    def __init__(self, desk: Desk, messenger: Messenger) -> None:
        self._desk = desk
        self._messenger = messenger

    async def ask(self, claimed: Claimed) -> Handed:
        """Raises `DeliveryError` where another attempt makes sense."""
        post = await self._desk.look(_find, str(claimed.payload["post"]))
        if post is None or post.link is not None:
            raise Needless("it is known, or there is nothing to be asked about")
        try:
            link = await self._messenger.link(Posted(post.channel, post.ts))
        except DeliveryError as error:
            if error.temporary:
                raise
            link = ""
        return Handed(Receipt(post.ts), lambda tx, ctx: _keep(tx, ctx, post, link))


def _find(tx: Tx, ctx: Context, key: str) -> Post | None:
    return posts.find(tx.conn, key)


def _keep(tx: Tx, ctx: Context, post: Post, link: str) -> None:
    """The direct messages that left before get it, too."""
    posts.keep_link(tx.conn, post, link)
    if link:
        deliveries.add(tx.conn, shows_link(tx, post.incident), tx.at)


def unasked(tx: Tx, ctx: Context, claimed: Claimed, reason: str, *, final: bool) -> None:
    """Given up: nothing was lost, and nobody is told."""
    if final:
        claims.failed(tx.conn, claimed.id, tx.at, reason)
