"""The channel cannot be used: paging goes on, and the last resort hears of it by direct message and mail, once per trouble.

It refuses to keep the words: what a message says is asked for when it leaves, so that nobody hears of a trouble that is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from bot.context import Context
from bot.store import Tx, deliveries, facts
from bot.store.deliveries import Delivery

Trouble = Literal["archived", "not_invited", "not_found", "forbidden"]
"""Why nothing can be posted there. Each is mended by a person, in its own way."""

PERSONAL = ("slack", "email")
"""By what a person is told something that is no page: it rings no phone."""

_FACT = "channel.trouble"


@dataclass(frozen=True, slots=True)
class Word:
    """Something about the bot itself for one person, in plain text."""

    subject: str
    text: str


_SAID: Mapping[Trouble, tuple[str, str]] = {
    "archived": ("it is archived", "Unarchive it and invite me again"),
    "not_invited": ("I am not in it", "Invite me again"),
    "not_found": ("I see no such channel", "If it is archived, unarchive it; if it is private, invite me"),
    "forbidden": ("I am not allowed to post in it", "Change its posting permissions so that apps may post"),
}
"""What is wrong, and how it is mended."""


def channel_fails(tx: Tx, ctx: Context, trouble: Trouble) -> bool:
    """A post in the channel was refused. Says whether that is news, which the last resort is told."""
    now = {"channel": ctx.config.bot.channel, "trouble": trouble}
    if facts.get(tx.conn, _FACT) == now:
        return False
    facts.put(tx.conn, _FACT, now, tx.at)
    via = [transport for transport in PERSONAL if transport in ctx.transports]
    words = [_word(person, transport) for person in ctx.config.bot.last_resort for transport in via]
    deliveries.add(tx.conn, words, tx.at)
    return True


def channel_failed(tx: Tx, ctx: Context) -> bool:
    """Whether a trouble is written down, be it of a channel that was ours before."""
    return facts.get(tx.conn, _FACT) is not None


def channel_works(tx: Tx, ctx: Context) -> None:
    """A post in the channel was taken. The next trouble is news again."""
    facts.drop(tx.conn, _FACT)


def channel_trouble(tx: Tx, ctx: Context) -> Word | None:
    """What is wrong with the channel at present and what to do; nothing if it can be used, or is another by now."""
    kept: dict[str, Any] | None = facts.get(tx.conn, _FACT)
    if kept is None or kept["channel"] != ctx.config.bot.channel or kept["trouble"] not in get_args(Trouble):
        return None
    wrong, mend = _SAID[kept["trouble"]]
    return Word(
        f"I cannot post in {kept['channel']}: {wrong}",
        "Pages still leave, but cards and threads wait, and nobody can follow an incident in the channel. "
        f"{mend}, or name another channel in bot.yml. What waits is posted within a minute or two after that.",
    )


def _word(person: str, transport: str) -> Delivery:
    return Delivery(
        kind="word",
        lane="page",
        line=f"word:{transport}:{person}",
        key=f"word:channel:{transport}:{person}",
        payload={"transport": transport, "person": person},
    )
