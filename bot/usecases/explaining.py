"""What `oncall explain` says beside the rota's own reasoning: who comes next, and whom each severity would call at that instant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.configuration import Config
from bot.configuration.reach import reach_for
from bot.context import Context
from oncall.rota import Override
from oncall.schedule import duty
from oncall.who_next import who_is_called, who_next


def coming(ctx: Context, at: datetime, made: Sequence[Override]) -> list[str]:
    """In names, for Slack."""
    return lines(ctx.config, ctx.transports, ctx.addresses, at, made)


def lines(
    config: Config, transports: frozenset[str], addresses: Collection[str], at: datetime, made: Sequence[Override]
) -> list[str]:
    """`addresses`: the variables of transports that are set. `made`: the overrides made in Slack."""

    def name(email: str) -> str:
        person = config.bot.people.get(email)
        return person.name if person else email

    called = who_is_called(
        config.policies.ladders,
        config.policies.response,
        begins=at,
        duty_at=lambda role, instant: duty(config.schedule, role, instant, made),
        people=tuple(config.bot.people),
        last_resort=config.bot.last_resort,
        transports=transports,
        reach=lambda severity: reach_for(config.bot, severity, transports, addresses),
        name=name,
    )
    return [*who_next(config.schedule, at, made, name), *called]
