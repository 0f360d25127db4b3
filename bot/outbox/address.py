"""Where each transport reaches a person. Looked up when the page leaves."""

from __future__ import annotations

from bot.context import Context
from bot.store import Tx, facts, people
from oncall.page import DeliveryError


class Unreachable(Exception):
    """This transport has no way to this person. The text says why and what to do."""


def address_of(tx: Tx, ctx: Context, transport: str, person: str | None, routing_key: str) -> str | None:
    """A Slack user id, a mail address or a routing key; `None` where the transport needs none.

    Raises `Unreachable`, or `DeliveryError` while nobody can know yet.
    """
    known = ctx.config.bot.people.get(person or "")
    if transport == "pagerduty":
        return (known.pagerduty_routing_key if known else None) or routing_key
    if transport == "email":
        return (known.email_to if known else None) or person or ctx.config.bot.team_email
    if transport == "mention" or person is None:
        return None
    if person.startswith("slack:"):
        return person.removeprefix("slack:")
    if known is not None and known.slack:
        return known.slack
    member = people.by_email(tx.conn, person)
    if member is None and facts.get(tx.conn, people.READ) is None:
        raise DeliveryError("Slack's list of people has not been read yet", temporary=True)
    if member is None:
        raise Unreachable(f"{ctx.name(person)} has no Slack account with the address {person}")
    return member.id
