"""How people are shown: by their name in bot.yml, and their Slack account if they have one."""

from __future__ import annotations

from bot.context import Context
from bot.events import IN_PAGERDUTY
from bot.slack.views.facts import Team, Who
from bot.store import Tx, people


def who(tx: Tx, ctx: Context, actor: str | None) -> Who | None:
    """A person as they are shown: the name from bot.yml, and their Slack account if they have one."""
    if actor is None:
        return None
    if actor.startswith("slack:"):
        member = people.by_id(tx.conn, actor.removeprefix("slack:"))
        return Who(name=member.name if member else actor, slack=actor.removeprefix("slack:"))
    if actor.startswith(IN_PAGERDUTY):
        return Who(name=ctx.name(actor))
    return Who(email=actor, name=ctx.name(actor), slack=ctx.slack_id(tx, actor))


def team_called(tx: Tx, ctx: Context) -> Team:
    """Whom a page of the team mentions, as bot.yml says. Somebody is always called."""
    bot = ctx.config.bot
    if bot.mention_team == "group" and bot.user_group:
        return Team(group=bot.user_group)
    if bot.mention_team == "people":
        return Team(people=tuple(found for email in bot.people if (found := ctx.slack_id(tx, email))))
    return Team()
