"""Whom a level of an incident's ladder pages as the rota stands now, and by what. In a drill only those who take part."""

from __future__ import annotations

from bot.context import Context
from bot.incidents import Incident
from bot.store import Tx
from oncall.policy import Level
from oncall.targets import Target, resolve, taking_part


def targets_of(tx: Tx, ctx: Context, incident: Incident, level: Level) -> tuple[list[Target], list[str]]:
    """Its targets, and sentences about whom it could not find."""
    among, bot = incident.ladder.among, ctx.config.bot
    targets, problems = resolve(
        level,
        duty=ctx.duty(tx),
        people=tuple(bot.people) if among is None else among,
        last_resort=bot.last_resort,
        transports=ctx.transports,
        reach=ctx.reach_in(incident),
    )
    if among is None:
        return targets, problems
    found, absent = taking_part(targets, among, ctx.name)
    return found, [*problems, *absent]
