"""A shift ends and somebody else's begins: noticed once, whoever looks, and told to everybody in the table below.

The rota itself keeps nothing: who it is now is asked of the one resolver, and compared with who it was when last looked at. So a
change of the file, an override and a handoff that passed in a downtime are all noticed the same way. The first look, on a database
that knew of no turns, calls nothing an end.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.context import Context
from bot.events import BOT, Event
from bot.incidents import Change, Incident
from bot.store import Tx, deliveries, incidents, role_holders
from bot.usecases.handoffs import hand_over
from bot.usecases.notifying import told_to
from bot.usecases.record import record
from bot.usecases.shifts import keep_places
from oncall.rota import ROLES
from oncall.values import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """A role passes from one to the other; `None` is nobody."""

    role: str
    before: str | None
    now: str | None


def look_at_turns(tx: Tx, ctx: Context) -> list[Turn]:
    """Notice what has changed hands since the last look, and do what follows from it."""
    known, found = role_holders.known(tx.conn), []
    for role in ROLES:
        duty = ctx.duty(tx)(role)
        if role in known and known[role] != duty.person:
            found.append(Turn(role, known[role], duty.person))
        role_holders.save(tx.conn, role, duty.person, duty.since, duty.until)
    for turn in found:
        for react in ON_A_TURN:
            react(tx, ctx, turn)
    return found


def offer_incidents(tx: Tx, ctx: Context, turn: Turn) -> None:
    """What the leaver has in hand is offered to whoever comes; until they take it, it stays where it is."""
    if turn.before is None or turn.now is None or _still_first(tx, ctx, turn):
        return
    for incident in in_hand(tx, turn.before):
        text = f"{ctx.name(turn.before)}'s shift is over: offered to {ctx.name(turn.now)}, theirs until then"
        data = {"to": turn.now, "from": turn.before, "role": turn.role}
        offered = record(tx, ctx, Change(incident, (Event("offered", BOT, text, data),)))
        why = f"{ctx.name(turn.before)} has it and is no longer {turn.role}. It stays theirs until you take it"
        deliveries.add(tx.conn, told_to(tx, ctx, offered, turn.now, why, "offered"), tx.at)


def _still_first(tx: Tx, ctx: Context, turn: Turn) -> bool:
    """Whoever left this role to go up keeps what they have: nobody is nearer to it."""
    ahead = ROLES[: ROLES.index(turn.role)]
    return any(ctx.duty(tx)(role).person == turn.before for role in ahead)


def in_hand(tx: Tx, person: str) -> list[Incident]:
    """What somebody has acknowledged or watches, oldest first. Practice is left to those who take part."""
    found = incidents.newest(tx.conn, states=("acknowledged", "monitoring"), limit=1_000)
    return [incident for incident in reversed(found) if incident.commander == person and not incident.drill]


React = Callable[[Tx, Context, Turn], None]

ON_A_TURN: tuple[React, ...] = (offer_incidents, hand_over, keep_places)
"""What happens when a role changes hands. A new reaction is one line here."""
