"""Slack accounts that may or may not belong to a person of bot.yml: told before that person has to be paged."""

from __future__ import annotations

from hashlib import sha256

from bot.accounts import Member, doubt_about
from bot.context import Context
from bot.store import Tx, people
from bot.usecases.notices import Notice, announce_once


def doubts(tx: Tx, ctx: Context) -> list[str]:
    """Of each listed person whose address is carried by Slack accounts, but by none that is surely theirs, why."""
    listed = ctx.config.bot.people
    same: dict[str, list[Member]] = {}
    for member in people.by_email(tx.conn, *listed):
        same.setdefault(member.email or "", []).append(member)
    return [doubt for email, person in listed.items() if (doubt := doubt_about(person, same.get(email.lower(), [])))]


def with_account(tx: Tx, ctx: Context) -> frozenset[str]:
    """Those listed who can be written to in Slack, as far as the copy of its list knows."""
    return frozenset(email for email in ctx.config.bot.people if ctx.slack_id(tx, email))


def say_doubts(tx: Tx, ctx: Context) -> None:
    """Put them into the channel, each once within days as long as it stays the same."""
    for doubt in doubts(tx, ctx):
        announce_once(
            tx, ctx, f"doubt:{sha256(doubt.encode()).hexdigest()[:16]}", Notice("doubtful_account", {"why": doubt})
        )
