"""Somebody who is paged says that they cannot come: the next person is paged at once, without waiting for the level's time to end.

This gives a call away; whoever has taken the incident already gives that back (`incidents.give_back`). It refuses whoever is not
called, and to leave an incident with nobody called for it: where the ladder has nobody left, somebody is called outside of it, the
last resort before the others, and those who have said the same only where there is nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from bot.context import Context
from bot.errors import UserError
from bot.events import Recorded
from bot.incidents import Incident
from bot.store import Tx, deliveries, incidents
from bot.usecases.calls import is_theirs_alone, names
from bot.usecases.direct_calls import callable_now, page_instead
from bot.usecases.escalation import climb
from bot.usecases.ladder_words import Declined
from oncall.rota import ROLES
from oncall.targets import listed


def decline(tx: Tx, ctx: Context, number: int, actor: str) -> str:
    """Calls the next, and not whoever asks. Says whom; raises `UserError` where they are not called, or nobody else could be."""
    incident = incidents.load(tx.conn, number)
    _refuse_unless_it_calls(ctx, incident, actor)
    mine = _calls_of(tx, incident, actor)
    call = deliveries.call_of(mine[-1].payload)
    if (before := answer_to(declined(tx, number), actor, call)) is not None:
        raise UserError(f"You have said so already, and {_called_by(ctx, before)}. Nothing changed.")
    left, unable = _left(tx, ctx, incident, actor)
    if not left:
        raise UserError(f"There is nobody else whom I could call for #{number}: it goes on calling you.")
    unsent = [row.id for row in mine if row.state == "waiting" and is_theirs_alone(row)]
    deliveries.drop_waiting(tx.conn, unsent, tx.at, f"{ctx.called(tx, actor)} cannot")
    gives = Declined(actor, call, unable)
    after = climb(tx, ctx, incident, asked_by=actor, declined=gives)
    if answer_to(declined(tx, number), actor, call) is None:
        page_instead(tx, ctx, after, left, gives)
    return f"#{number}: {_called_by(ctx, declined(tx, number)[-1])} instead of you."


def declined(tx: Tx, number: int) -> list[Recorded]:
    """Whenever somebody said so of an incident, in order."""
    return [each for each in incidents.of_kinds(tx.conn, number, ("escalated",)) if "declined" in each.event.data]


def answer_to(found: Sequence[Recorded], person: str, call: str) -> Recorded | None:
    """What that person said to one call, if they have."""
    return next((each for each in found if (each.event.actor, each.event.data["declined"]) == (person, call)), None)


def _refuse_unless_it_calls(ctx: Context, incident: Incident, actor: str) -> None:
    number = incident.number
    if incident.state == "triggered" and not incident.snoozed:
        return
    if incident.state == "acknowledged" and incident.commander == actor:
        raise UserError(f"You have #{number}. `/incident unack {number}` gives it back, and it calls the others.")
    has_it = f"{ctx.name(incident.commander)} has it" if incident.is_open and incident.commander else "nobody is called"
    raise UserError(f"#{number} is {incident.stands}: {has_it}, you need not answer. Nothing changed.")


def _calls_of(tx: Tx, incident: Incident, actor: str) -> list[Row[Any]]:
    calls = deliveries.calls_of(tx.conn, [incident.number])[incident.number]
    mine = [row for row in calls if row.payload["reopened"] == incident.reopened and names(row.payload, actor)]
    if not mine:
        number = incident.number
        raise UserError(
            f"#{number} does not call you. `/incident escalate {number}` calls the next level. Nothing changed."
        )
    return mine


def _left(tx: Tx, ctx: Context, incident: Incident, actor: str) -> tuple[Sequence[str], frozenset[str]]:
    """Whom to call where the ladder has nobody, and without whom they were found: the last resort, whoever else is on call,
    everybody. Only those to whom a page would leave: nobody is told that somebody is called who hears nothing of it."""
    on_call = [duty.person for role in ROLES if (duty := ctx.duty(tx)(role)).person is not None]
    groups = (ctx.config.bot.last_resort, on_call, tuple(ctx.config.bot.people))
    called = callable_now(tx, ctx, incident, {person for group in groups for person in group if person})
    for unable in (_said_so(tx, incident) | {actor}, frozenset({actor})):
        for group in groups:
            if able := [person for person in dict.fromkeys(group) if person in called and person not in unable]:
                return able, unable
    return (), frozenset({actor})


def _said_so(tx: Tx, incident: Incident) -> frozenset[str]:
    """Who has said the same since it last began to call: what somebody could not do before it was reopened says nothing of now."""
    since = f"{incident.reopened}:"
    told = declined(tx, incident.number)
    return frozenset(each.event.actor for each in told if each.event.data["declined"].startswith(since))


def _called_by(ctx: Context, told: Recorded) -> str:
    people = [ctx.name(person) if person else "the team" for person in told.event.data["people"]]
    return f"{listed(people)} {'is' if len(people) == 1 else 'are'} called"
