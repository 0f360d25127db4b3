"""Who is calling: from a Slack user id to a `Caller` with a standing. Asks only the stored copy of the workspace's list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from bot.context import Context
from bot.errors import UserError
from bot.permissions import Action, Caller, Standing, require
from bot.store import Tx, people

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ACCOUNT = re.compile(r"slack:[UW][A-Z0-9]+")


def caller_of(tx: Tx, ctx: Context, user_id: str) -> Caller:
    """Somebody the stored list does not hold yet counts as a guest until the list is read again, a minute at the most."""
    member, actor = people.by_id(tx.conn, user_id), actor_of(tx, ctx, user_id)
    listed = actor in ctx.config.bot.people
    name = ctx.name(actor) if listed else (member.name if member else "somebody")
    return Caller(actor, user_id, name, _standing(ctx, actor, member))


def actor_of(tx: Tx, ctx: Context, user_id: str) -> str:
    """The word for a Slack account in the log: the email of somebody in `people`, else the account itself."""
    everybody = ctx.config.bot.people
    listed = next((p.email for p in everybody.values() if p.slack == user_id), None)
    member = people.by_id(tx.conn, user_id)
    email = listed or (member.email if member else None)
    return email if email and email in everybody else f"slack:{user_id}"


@contextmanager
def in_names(tx: Tx, ctx: Context) -> Iterator[None]:
    """A refusal inside speaks of people as the log does; the reader gets their names."""
    try:
        yield
    except UserError as refusal:
        accounts = _ACCOUNT.sub(lambda found: ctx.called(tx, found[0]), str(refusal))
        raise UserError(_EMAIL.sub(lambda found: ctx.name(found[0]), accounts)) from None


def _standing(ctx: Context, actor: str, member: people.Member | None) -> Standing:
    if actor in ctx.config.bot.people:
        return "people"
    if member is None or member.guest or member.deleted:
        return "guest"
    return "member"


def admit(tx: Tx, ctx: Context, user_id: str, action: Action) -> Caller:
    """The caller, if they may do this. Raises `UserError` naming who may."""
    caller = caller_of(tx, ctx, user_id)
    if caller.standing == "guest" and people.by_id(tx.conn, user_id) is None and action != "read":
        raise UserError("I have only just met you: I am reading the workspace's list. Please try again in a minute.")
    require(caller, action, ctx.config.bot.permissions, ctx.config.bot.people)
    return caller
