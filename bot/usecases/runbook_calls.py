"""Pages somebody from a runbook step: a role of the rota, the team, everyone, or a person by email.

They are paged as by the ladder, by every transport that is set up; the incident's own ladder goes on as before.
"""

from __future__ import annotations

from bot.context import Context
from bot.errors import UserError
from bot.store import Tx, incidents
from bot.usecases.calls import may_call
from bot.usecases.direct_calls import page_people, said_of_call


def people_of(tx: Tx, ctx: Context, notify: str) -> tuple[str, ...]:
    """Who that is at present, by email. Raises `UserError` where it is nobody."""
    everybody = tuple(ctx.config.bot.people)
    if notify in ("everyone", "team"):
        return everybody
    person = notify if "@" in notify else ctx.duty(tx)(notify).person
    if person is None:
        raise UserError(
            f"Nobody is on call as {notify} now. Nobody was called; `/oncall page PERSON` calls somebody by name."
        )
    return (person,)


def called(tx: Tx, ctx: Context, number: int, notify: str) -> str:
    """The same by name, for a person to read. A drill calls only those who take part."""
    return ", ".join(ctx.name(person) for person in _called(tx, ctx, number, notify)) or "nobody who takes part"


def call_for(tx: Tx, ctx: Context, number: int, notify: str, actor: str) -> str:
    """Page them for an incident. Says whom, or that PagerDuty has to."""
    people = _called(tx, ctx, number, notify)
    if not people:
        whom = ", ".join(map(ctx.name, people_of(tx, ctx, notify)))
        return f"in earnest this calls {whom}; nobody of them takes part in the drill, so nobody was called"
    page_people(tx, ctx, number, people, actor)
    return said_of_call(tx, number, f"calling {called(tx, ctx, number, notify)}")


def _called(tx: Tx, ctx: Context, number: int, notify: str) -> tuple[str, ...]:
    incident = incidents.load(tx.conn, number)
    return tuple(person for person in people_of(tx, ctx, notify) if may_call(incident, person))
