"""What became of the last direct message to each person: the nearest thing to trying their way without calling them.

Pure. Refuses to say more than that: that one arrived does not mean that it was read, nor that the next one will.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.configuration import BotConfig
from bot.configuration.findings import Finding
from bot.formatting import spoken
from bot.store.outbox_queries import LastSent

ARRIVALS = "last messages"
"""The topic of what is said here."""


def arrivals(bot: BotConfig, last: Mapping[str, LastSent], at: datetime) -> Iterator[Finding]:
    """One finding for all whose last one arrived, one for each whose did not, one for those who never got any."""
    arrived = [f"{bot.people[who].name} {_ago(at, it)}" for who, it in last.items() if it.arrived and who in bot.people]
    if arrived:
        yield Finding("good", ARRIVALS, f"the last direct message of the bot arrived: {', '.join(arrived)}")
    for who, it in last.items():
        if not it.arrived and who in bot.people:
            name = bot.people[who].name
            text = f"the last direct message to {name} did not arrive ({_ago(at, it)}: {it.error})"
            yield Finding("note", ARRIVALS, f"{text}; `check --live --dm {who}` tries it")
    never = [person.name for who, person in bot.people.items() if who not in last]
    if never:
        text = f"nothing was ever sent directly to {', '.join(never)}; `check --live --dm EMAIL` tries it"
        yield Finding("note", "slack", text)


def _ago(at: datetime, it: LastSent) -> str:
    return f"{spoken(at - it.at)} ago"
