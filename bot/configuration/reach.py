"""By what a person can be reached: the transports that are set up, and those of bot.yml that have an address of theirs.

Pure. The addresses themselves stand in variables; only whether one is set is asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from bot.configuration.model import BotConfig, Transport
from oncall.reach import Reach
from oncall.targets import Person


def variable_of(way: Transport, person: Person | None) -> str:
    """The variable that says where a transport reaches a person, or the team; empty where there is none."""
    own = person.addresses.get(way.name, "") if person is not None else ""
    return own or way.url


def named_on(bot: BotConfig, person: Person | None, variables: Collection[str]) -> frozenset[str]:
    """Of the transports that bot.yml names, those that reach this person. `variables` are the ones that are set."""
    ways = bot.transports.values()
    return frozenset(
        way.name
        for way in ways
        if variable_of(way, person) in variables and (way.by != "webhook" or way.secret in variables)
    )


def ways_of(bot: BotConfig, transports: Collection[str], variables: Collection[str]) -> frozenset[str]:
    """Every transport that can reach anybody."""
    people = (None, *bot.people.values())
    return frozenset(transports).union(*(named_on(bot, person, variables) for person in people))


def reach_for(
    bot: BotConfig, severity: str, transports: Collection[str], variables: Collection[str]
) -> Callable[[str | None], Reach]:
    """What can reach whom at a severity. `transports` are Slack, PagerDuty and email, as far as they are set up.

    Ask the answer for a person by their email, and for the team by `None`. What a call of theirs then starts, and when, is
    `oncall.reach.starts(reach(email), level.via)`.
    """

    def reach(email: str | None) -> Reach:
        person = bot.people.get(email or "")
        own = person.transports.get(severity, ()) if person is not None else ()
        return Reach(frozenset(transports) | named_on(bot, person, variables), own)

    return reach
