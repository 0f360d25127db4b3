"""Pages a person by name, outside the ladder: because somebody asks for it, in place of who cannot come, or about what was done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bot.context import Context
from bot.errors import UserError
from bot.events import BOT, Event
from bot.incidents import Change, Incident
from bot.store import Tx, deliveries, incidents
from bot.usecases.calls import in_one, may_call, mentions, pages_of, supersede_planned
from bot.usecases.ladder_words import Declined, declining, held_there
from bot.usecases.record import record
from oncall.reach import starts
from oncall.targets import Target, delays_of


def page_person(tx: Tx, ctx: Context, number: int, person: str, actor: str) -> Incident:
    """A person wants somebody called for an incident, outside the ladder."""
    return page_people(tx, ctx, number, (person,), actor)


def page_people(tx: Tx, ctx: Context, number: int, people: Sequence[str], actor: str) -> Incident:
    """The same for several, named in one message. Raises `UserError` where one of them is unknown, and calls nobody then."""
    incident = incidents.load(tx.conn, number)
    for person in people:
        if person not in ctx.config.bot.people:
            known = ", ".join(sorted(ctx.config.bot.people))
            raise UserError(
                f"{person} is not in `people` of bot.yml, so I do not know how to reach them. Known: {known}."
            )
        if not may_call(incident, person):
            raise UserError(f"{ctx.name(person)} takes no part in this drill. Nobody was called.")
    why = f"{ctx.called(tx, actor)} asked for you"
    return _call(tx, ctx, incident, people, actor, why, rung=f"by:{actor}:{incident.last_seq}")


def callable_now(tx: Tx, ctx: Context, incident: Incident, people: Collection[str]) -> list[str]:
    """Those to whom a page would leave now if they were called by name: not who takes no part in a drill, nor whom PagerDuty alone
    could reach while it holds the incident already."""
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    targets = [_by_every_way(ctx, incident, "person", person, "") for person in people]
    return [t.person for t in targets if t.person and pages_of(ctx, incident, t, "instead", 0, calls)]


def page_instead(tx: Tx, ctx: Context, incident: Incident, people: Sequence[str], declined: Declined) -> Incident:
    """The ladder has nobody left whom it could call instead of somebody who cannot. `people` are `callable_now`."""
    why = f"{ctx.called(tx, declined.by)} cannot, and nobody is left on the ladder"
    return _call(tx, ctx, incident, people, declined.by, why, rung=f"instead:{incident.last_seq}", declined=declined)


def said_of_call(tx: Tx, number: int, otherwise: str) -> str:
    """What whoever asked for a call by name reads: `otherwise`, unless somebody was left to PagerDuty, which holds it already."""
    last = incidents.last_of_kinds(tx.conn, number, ("escalated",))
    return last.event.text if last is not None and last.event.data.get("held_there") else otherwise


def page_about(tx: Tx, ctx: Context, incident: Incident, person: str, why: str) -> Incident:
    """Something was done or seen that somebody has to know at once, whoever has the incident in hand: every way, no ladder."""
    return _call(tx, ctx, incident, (person,), BOT, why, rung=f"about:{incident.last_seq}")


def _call(
    tx: Tx,
    ctx: Context,
    incident: Incident,
    people: Sequence[str],
    actor: str,
    why: str,
    *,
    rung: str,
    declined: Declined | None = None,
) -> Incident:
    """Somebody is called outside the ladder, and it is said whom."""
    targets = [_by_every_way(ctx, incident, "person", person, why) for person in people]
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    made = {target.person: pages_of(ctx, incident, target, rung, 0, calls) for target in targets}
    pages = in_one([page for theirs in made.values() for page in theirs], why if declined else "")
    held = [person for person in people if not made[person]]
    called = ", ".join(ctx.name(person) for person in people if made[person])
    via = sorted({way for target in targets for way in target.via})
    data: dict[str, Any] = {"people": list(people), "via": via, "mentioned": mentions(pages)}
    data |= {"held_there": held} if held else {}
    text = "; ".join(filter(None, [f"Paging {called}" if called else "", held_there(ctx, held) if held else ""]))
    text += f": {why}" if actor == BOT else ""
    event = Event("escalated", actor, text, data)
    incident = record(tx, ctx, Change(incident, (declining(event, declined) if declined else event,)))
    deliveries.add(tx.conn, supersede_planned(tx, pages, calls), tx.at)
    return incident


def _by_every_way(ctx: Context, incident: Incident, role: str, person: str, why: str) -> Target:
    """As that person wants to be called at this severity; by Slack, PagerDuty and email where they have said nothing."""
    by = starts(ctx.reach_in(incident)(person), sorted(ctx.transports))
    return Target(role, person, by.via, why, delays_of(by))
