"""Which transports can reach a person: those that are set up, and those of bot.yml that have an address for them.

Pure. The addresses themselves are in variables; here it only matters whether one is set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from bot.configuration.model import BotConfig, Transport
from oncall.reach import Reach
from oncall.targets import Person


def variable_of(way: Transport, person: Person | None) -> str:
    """The variable with the transport's address for a person, or for the team; empty if there is none."""
    own = person.addresses.get(way.name, "") if person is not None else ""
    return own or way.url


def named_on(bot: BotConfig, person: Person | None, variables: Collection[str]) -> frozenset[str]:
    """Those transports of bot.yml that reach this person. `variables` are the ones that are set."""
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

    Call the result with a person's email, or with `None` for the team. Which transports a call then starts, and when, is
    `oncall.reach.starts(reach(email), level.via)`.
    """

    def reach(email: str | None) -> Reach:
        person = bot.people.get(email or "")
        own = person.transports.get(severity, ()) if person is not None else ()
        return Reach(frozenset(transports) | named_on(bot, person, variables), own)

    return reach
