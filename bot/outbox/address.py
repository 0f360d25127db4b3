"""Where each transport reaches a person. Looked up when the page leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.configuration.reach import variable_of
from bot.context import Context
from bot.store import Tx

T = TypeVar("T")
Find = Callable[[str], Awaitable[None]]
"""Asks Slack whose account has an address. Raises `DeliveryError`."""


class Unreachable(Exception):
    """This transport has no way to this person. The text says why and what to do."""


class Unmet(Unreachable):
    """The copy of Slack's list has no account that could be this person's. Slack may know one that is new."""

    def __init__(self, email: str, why: str) -> None:
        self.email = email
        super().__init__(why)


async def once_found(look: Callable[[], Awaitable[T]], find: Find) -> T:
    """Look something up; for whom the copy of the list does not know, again once Slack was asked. Raises `Unreachable`."""
    try:
        return await look()
    except Unmet as unmet:
        await find(unmet.email)
        return await look()


def address_of(tx: Tx, ctx: Context, transport: str, person: str | None, routing_key: str) -> str | None:
    """A Slack user id, a mail address, a routing key or a URL; `None` where the transport needs none. Raises `Unreachable`."""
    known = ctx.config.bot.people.get(person or "")
    if transport == "pagerduty":
        return (known.pagerduty_routing_key if known else None) or routing_key
    if transport == "email":
        return (known.email_to if known else None) or person or ctx.config.bot.team_email
    if (way := ctx.named(transport)) is not None:
        variable = variable_of(way, known)
        if variable not in ctx.addresses:
            raise Unreachable(f"{ctx.name(person)} has no address for {transport}: {variable or 'nothing'} is not set")
        return ctx.addresses[variable]
    if transport == "mention" or person is None:
        return None
    return _account(tx, ctx, person)


def _account(tx: Tx, ctx: Context, person: str) -> str:
    """The Slack account by which a person is paged."""
    if person.startswith("slack:"):
        return person.removeprefix("slack:")
    if found := ctx.slack_id(tx, person):
        return found
    raise Unmet(person, ctx.doubt(tx, person) or f"{ctx.name(person)} has no Slack account with the address {person}")
