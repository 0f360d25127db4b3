"""Slack does not let the bot work: paging goes on by what is left, and the last resort hears of it once per trouble.

A trouble has a place: the whole account, direct messages, or the channel. Somebody has to mend it, so nothing that waits for it
is given up. It refuses to keep the words: what is said is asked for when it leaves, so that nobody hears of a trouble that is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.context import Context
from bot.store import Tx, deliveries, facts
from bot.store.deliveries import Delivery
from bot.usecases.notices import Notice, announce
from oncall.values import dataclass

Where = Literal["account", "direct", "channel"]
WHERE: tuple[Where, ...] = ("account", "direct", "channel")
"""The gravest first."""

TELL_AGAIN = timedelta(hours=1)
"""How long a trouble of the account or of direct messages that comes and goes is told once."""

_FACTS: Mapping[Where, str] = {
    "account": "account.trouble",
    "direct": "direct.trouble",
    "channel": "channel.trouble",
}
_VIA: Mapping[Where, tuple[str, ...]] = {"account": ("email",), "direct": ("email",), "channel": ("slack", "email")}
"""By what a person is told of it, none of which rings a phone: not by what does not work."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What does not work, by the key of the table below, and Slack's own word for it."""

    where: Where
    why: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """Something about the bot itself for one person, in plain text."""

    subject: str
    text: str


_WAITS: Mapping[Where, tuple[str, str]] = {
    "account": (
        "Slack does not let me work",
        "Pages leave by the other ways; cards, threads and direct messages wait, and are sent as things stand when it works again.",
    ),
    "direct": (
        "I cannot write to anybody directly in Slack",
        "Pages leave by the other ways, and mentions in the channel; direct messages wait until it works again.",
    ),
    "channel": (
        "I cannot post in {channel}",
        "Pages still leave, but cards and threads wait, and nobody can follow an incident in the channel.",
    ),
}
"""Of each place: what a message about it begins with, and what it means."""

_AGAIN = " What waits is posted within a minute or two after that."
_NAME_ANOTHER = ", or name another channel in bot.yml." + _AGAIN
_REINSTALL = "Paste the manifest (`incident-bot manifest`) into the app's page at api.slack.com/apps and reinstall it."

_SAID: Mapping[tuple[Where, str], tuple[str, str]] = {
    ("account", "token"): (
        "it refuses my token",
        "Look at the app in the workspace's settings, reinstall it if it is gone, set SLACK_BOT_TOKEN to its token and restart me.",
    ),
    ("account", "scope"): ("my token lacks a right that posting needs", _REINSTALL),
    ("account", "address"): (
        "what answers at its address is not Slack",
        "Look at SLACK_API_URL, and for a proxy or filter between me and Slack.",
    ),
    ("direct", "tab_off"): (
        "the app's Messages tab is switched off",
        "Switch it on under App Home › Show Tabs › Messages Tab at api.slack.com/apps, or paste the manifest again.",
    ),
    ("direct", "scope"): ("my token lacks the right im:write", _REINSTALL),
    ("channel", "archived"): ("it is archived", f"Unarchive it and invite me again{_NAME_ANOTHER}"),
    ("channel", "not_invited"): ("I am not in it", f"Invite me again{_NAME_ANOTHER}"),
    ("channel", "not_found"): (
        "I see no such channel",
        f"If it is archived, unarchive it; if it is private, invite me{_NAME_ANOTHER}",
    ),
    ("channel", "forbidden"): (
        "I am not allowed to post in it",
        f"Change its posting permissions so that apps may post{_NAME_ANOTHER}",
    ),
}
"""What is wrong, and how it is mended: each trouble there is, by its place and key."""


def known(where: Where, why: str) -> bool:
    """Whether there are words for it. An older or newer version may have written down another."""
    return (where, why) in _SAID


def mended(trouble: Trouble) -> str:
    """What to do about it."""
    return _SAID[trouble.where, trouble.why][1]


def fails(tx: Tx, ctx: Context, trouble: Trouble) -> bool:
    """Something was refused for it. Says whether that is news, which the last resort is told."""
    now = {"trouble": trouble.why, "code": trouble.code}
    if trouble.where == "channel":
        now = {"channel": ctx.config.bot.channel, "trouble": trouble.why}
    if facts.get(tx.conn, _FACTS[trouble.where]) == now:
        return False
    facts.put(tx.conn, _FACTS[trouble.where], now, tx.at)
    if trouble.where != "channel" and not _worth_telling(tx, now, _FACTS[trouble.where]):
        return False
    via = [transport for transport in _VIA[trouble.where] if transport in ctx.transports]
    words = [_word(trouble.where, person, by) for person in ctx.config.bot.last_resort for by in via]
    deliveries.add(tx.conn, words, tx.at)
    if trouble.where == "direct" and (word := word_about(tx, ctx, "direct")) is not None:
        announce(tx, ctx, "direct", Notice("direct_trouble", {"subject": word.subject, "text": word.text}))
    return True


def _worth_telling(tx: Tx, now: dict[str, str], fact: str) -> bool:
    """Not what was told a moment ago: one message that a filter stops comes again and again, while all others go through."""
    told = facts.get(tx.conn, f"{fact}.told")
    if told is not None and told["now"] == now and tx.at - datetime.fromisoformat(told["at"]) < TELL_AGAIN:
        return False
    facts.put(tx.conn, f"{fact}.told", {"now": now, "at": tx.at.isoformat()}, tx.at)
    return True


def standing(tx: Tx, ctx: Context) -> dict[Where, Trouble]:
    """Every trouble that is written down, be it of a channel that was ours before."""
    kept = {where: facts.get(tx.conn, name) for where, name in _FACTS.items()}
    return {where: Trouble(where, it["trouble"], it.get("code", "")) for where, it in kept.items() if it is not None}


def works(tx: Tx, ctx: Context, *places: Where) -> None:
    """Something was taken there. The next trouble is news again."""
    for where in places:
        facts.drop(tx.conn, _FACTS[where])


def word_about(tx: Tx, ctx: Context, where: Where) -> Word | None:
    """What is wrong there at present and what to do; nothing if it works, or the channel is another by now."""
    kept: dict[str, Any] | None = facts.get(tx.conn, _FACTS[where])
    if kept is None or not known(where, kept["trouble"]):
        return None
    if where == "channel" and kept["channel"] != ctx.config.bot.channel:
        return None
    begins, means = _WAITS[where]
    wrong, mend = _SAID[where, kept["trouble"]]
    code = f" ({kept['code']})" if kept.get("code") else ""
    return Word(f"{begins.format(channel=kept.get('channel'))}: {wrong}{code}", f"{means} {mend}")


def _word(where: Where, person: str, transport: str) -> Delivery:
    return Delivery(
        kind="word",
        lane="page",
        line=f"word:{transport}:{person}",
        key=f"word:{where}:{transport}:{person}",
        payload={"transport": transport, "person": person, "about": where},
    )
