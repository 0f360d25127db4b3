"""Who is calling: a Slack user id becomes a `Caller` with a standing. Uses only the stored copy of the workspace's list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from bot.accounts import Account
from bot.context import Context
from bot.errors import NotMet, UserError, WrongFields
from bot.permissions import Action, Caller, require
from bot.store import Tx
from bot.usecases.incidents import SeveralOpen

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ACCOUNT = re.compile(r"slack:[UW][A-Z0-9]+")


def caller_of(tx: Tx, ctx: Context, user_id: str) -> Caller:
    """An account that is not in the stored list yet counts as a guest until Slack has said who it is."""
    return _caller(ctx, ctx.account(tx, user_id))


def _caller(ctx: Context, account: Account) -> Caller:
    name = ctx.name(account.person) if account.person else (account.member.name if account.member else "somebody")
    return Caller(account.actor, account.id, name, account.standing, _why(account))


def _why(account: Account) -> str:
    """Why an account may do less than its owner would expect."""
    if account.person or account.member is None:
        return ""
    return f"Your account is {account.member.flaw}." if account.member.flaw else account.doubt


def admit(tx: Tx, ctx: Context, user_id: str, action: Action) -> Caller:
    """The caller, if they may do this. Raises `UserError` naming who may, or `NotMet`."""
    account = ctx.account(tx, user_id)
    if not account.known and action != "read":
        raise NotMet(user_id)
    caller = _caller(ctx, account)
    require(caller, action, ctx.config.bot.permissions, ctx.config.bot.people)
    return caller


def somebody(tx: Tx, ctx: Context, user_id: str) -> str:
    """How the log writes somebody who is to be called or to take the lead. Raises `UserError` for an account that can do
    neither."""
    account = ctx.account(tx, user_id)
    if not account.known:
        raise NotMet(user_id)
    if account.standing == "guest" and account.member is not None:
        raise UserError(
            f"{account.member.name} is {account.member.flaw}. Only a full member of the workspace can be paged or take"
            " the lead. Nothing was done."
        )
    return account.actor


@contextmanager
def in_names(tx: Tx, ctx: Context) -> Iterator[None]:
    """A refusal raised inside writes people as the log does; the reader gets their names instead."""
    try:
        yield
    except (NotMet, WrongFields, SeveralOpen):  # their texts name nobody
        raise
    except UserError as refusal:
        accounts = _ACCOUNT.sub(lambda found: ctx.called(tx, found[0]), str(refusal))
        raise UserError(_EMAIL.sub(lambda found: ctx.name(found[0]), accounts)) from None
