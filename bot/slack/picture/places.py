"""Where messages stand that others point to."""

from __future__ import annotations

from bot.store import Tx, posts
from bot.store.posts import Post, card_key


def card_url(tx: Tx, number: int) -> str:
    """Where an incident's card stands; empty while it does not."""
    return address_of(posts.find(tx.conn, card_key(number)))


def address_of(post: Post | None) -> str:
    return post.address if post is not None else ""
