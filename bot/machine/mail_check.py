"""Checks that mail can be sent before a page needs it: the server is greeted at the start, and now and then after that.

It refuses to be in a page's way, and to say anything of a server that does not answer: that is found out by what is to leave.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.context import Context
from bot.store import Tx
from bot.usecases.desk import Desk
from bot.usecases.outcomes import failing, takes_none, takes_pages

EVERY = timedelta(minutes=5)
"""How often it is greeted: more often than a refusal ceases to be news."""


async def look_at_mail(desk: Desk, offers_tls: Callable[[], Awaitable[bool | None]], off: str) -> None:
    """Where the server offers no TLS mail is off for the reason `off`, which `/readyz` and the channel say until it does."""
    offered = await offers_tls()
    if offered is not None:
        await desk.do(_note, offered, off)


def _note(tx: Tx, ctx: Context, offered: bool, off: str) -> None:
    if not offered:
        takes_none(tx, ctx, "email", off)
    elif failing(tx, "email") == off:
        takes_pages(tx, ctx, "email")
