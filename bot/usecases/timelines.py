"""A timeline as it stands: read from the store, with the names of those who acted, in the team's zone."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.context import Context
from bot.events import Recorded
from bot.incidents import Incident
from bot.store import Tx, incidents, people
from bot.timeline.document import TimelineDoc, build


def doc_of(tx: Tx, ctx: Context, incident: Incident) -> TimelineDoc:
    story = incidents.story(tx.conn, incident.number)
    zone = ZoneInfo(ctx.config.schedule.timezone)
    return build(incident, story, at=tx.at, names=names(tx, ctx, story), zone=zone)


def names(tx: Tx, ctx: Context, story: Sequence[Recorded]) -> dict[str, str]:
    """How those who acted are called: the people of bot.yml by email, anybody else by their Slack account."""
    said = {str(entry.event.data.get("by", "")) for entry in story if entry.event.kind == "pinned"}
    others = {actor for actor in {entry.event.actor for entry in story} | said if actor.startswith("slack:")}
    found = {actor: people.by_id(tx.conn, actor.removeprefix("slack:")) for actor in others}
    listed = {email: person.name for email, person in ctx.config.bot.people.items()}
    return listed | {actor: member.name for actor, member in found.items() if member}
